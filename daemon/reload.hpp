// Reading the configuration anew while byokd serves. All of it is read and checked before anything
// of it holds; then every worker takes it over between two of its steps, without a lock, and calls
// under way go on with what they began with.
#pragma once

#include <boost/asio/io_context.hpp>
#include <deque>
#include <functional>
#include <mutex>

#include "common/paths.hpp"
#include "daemon/arguments.hpp"
#include "daemon/audit/trail.hpp"
#include "daemon/environment.hpp"
#include "daemon/global_key.hpp"
#include "daemon/http/server_tls.hpp"
#include "daemon/service/compactor.hpp"
#include "daemon/service/configuration.hpp"
#include "daemon/service/metrics.hpp"
#include "daemon/service/reload.hpp"
#include "daemon/service/tenant_limits.hpp"
#include "daemon/service/tenant_memory.hpp"
#include "daemon/store/writer.hpp"

namespace byok::daemon {

// Where the configuration comes from, as at the start.
struct ConfigSources {
  Arguments arguments;
  Environment environment;
  Paths paths;
  KeptKeys keys;  // of variables that the environment held
};

// The sources' configuration. Takes the global keys out of the environment. Errc::bad_request with
// a line for each thing that is wrong.
Result<service::Configuration> load_configuration(ConfigSources& sources);

// The files that load_configuration() reads again, each as the configuration has it now.
std::vector<std::filesystem::path> config_files(const ConfigSources& sources,
                                                const Settings& settings);

// What has a copy of a setting of its own.
struct Reconfigured {
  Logger& log;
  audit::Trail& trail;
  store::Writer& writer;
  service::TenantLimits& tenant_limits;
  service::Compactor& compactor;
  service::TenantMemory& models;
  service::Metrics& metrics;
  http::TlsSource* tls;  // null where no listener speaks TLS
};

class ConfigReloader final : public service::Reloader {
 public:
  // Has the workers take over a configuration, and tells when all have.
  using Adopt = std::function<void(const service::ConfigurationPtr&, std::function<void()>)>;

  // Works on the thread that runs `context`. All outlive this.
  ConfigReloader(boost::asio::io_context& context, ConfigSources& sources,
                 const Reconfigured& parts, service::ConfigurationPtr running);

  void reload(audit::Actor by, Done done) override;

  // The thread of `context`; the following too. Before the first reload can be asked for.
  void serve_with(Adopt adopt) { adopt_ = std::move(adopt); }
  const Settings& running() const { return running_->settings; }
  // What is asked for from here on fails with Errc::draining, and nothing is adopted any more.
  void stop() { stopped_ = true; }

 private:
  struct Request {
    audit::Actor by;
    Done done;
  };

  void begin_next();
  std::vector<std::filesystem::path> files_to_read() const;
  Result<void> prepare();
  Result<void> prepare_tls(const Settings& next);
  void tell_audit();
  void apply();
  void finish(Result<service::Reloaded> outcome);
  void log_outcome(const Result<service::Reloaded>& outcome) const;

  boost::asio::io_context& context_;
  ConfigSources& sources_;
  Reconfigured parts_;
  const bool had_file_;
  service::ConfigurationPtr running_;
  Adopt adopt_;
  bool stopped_ = false;
  bool busy_ = false;

  // Of the reload under way.
  Request current_;
  service::ConfigurationPtr next_;
  std::shared_ptr<const http::ServerTls> next_tls_;
  service::Reloaded changes_;

  std::mutex mutex_;
  std::deque<Request> queue_;
};

}  // namespace byok::daemon

// The worker threads: one event loop each, with all that its connections touch.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "daemon/http/listeners.hpp"
#include "daemon/http/server.hpp"
#include "daemon/service/worker.hpp"

namespace byok::daemon {

class Workers {
 public:
  // Takes the listeners' sockets, one of each for each worker. `shared` outlives this, and so does
  // `tls`, which may be null where no listener speaks TLS.
  Workers(const service::Shared& shared, const service::ConfigurationPtr& config,
          const http::OperatorRule& operators, const http::TlsSource* tls,
          std::vector<http::Listener>& listeners, std::vector<http::Listener>& metrics_listeners);
  // Ends what is left, and joins the threads.
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  void start();
  // Any thread, before drain(). Has the calls that begin from here on go by `config`; `adopted` is
  // called on some worker's thread once those of all do.
  void adopt(const service::ConfigurationPtr& config, std::function<void()> adopted);
  // Any thread. `drained` is called on some worker's thread once no connection is left anywhere.
  void drain(std::function<void()> drained);
  // Any thread. `all_turn` is called on some worker's thread once each of them has come round to
  // it: one that hangs keeps it from being called.
  void when_all_turn(std::function<void()> all_turn);
  // Ends every connection where it stands.
  void abort();

 private:
  struct Unit;
  std::vector<std::unique_ptr<Unit>> units_;
};

}  // namespace byok::daemon

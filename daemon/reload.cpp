#include "daemon/reload.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cerrno>

#include "common/file_descriptor.hpp"
#include "daemon/audit_journal.hpp"
#include "daemon/build_catalog.hpp"
#include "daemon/config.hpp"
#include "daemon/open_tls.hpp"
#include "daemon/process.hpp"
#include "daemon/settings_change.hpp"
#include "daemon/upstream/target.hpp"

namespace byok::daemon {
namespace {

namespace fs = std::filesystem;

using service::Configuration;
using service::ConfigurationPtr;
using service::Reloaded;

// One for each thing that is wrong.
std::vector<std::string_view> lines_of(std::string_view message) {
  std::vector<std::string_view> lines;
  while (!message.empty()) {
    const std::size_t end = std::min(message.find('\n'), message.size());
    lines.push_back(message.substr(0, end));
    message.remove_prefix(std::min(end + 1, message.size()));
  }
  return lines;
}

std::string joined(const std::vector<std::string>& names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

// sd_notify(3): what a manager that waits for the reload compares with when it asked.
std::string reloading_now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return fmt::format("RELOADING=1\nMONOTONIC_USEC={}", now.tv_sec * 1'000'000 + now.tv_nsec / 1000);
}

void add_once(std::vector<std::string>& names, std::string name) {
  if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
}

// Files whose names stayed the same may hold other keys and authorities.
void add_changed_files(const Configuration& running, const Configuration& next,
                       std::vector<std::string>& applied) {
  for (const ProviderSetting& setting : next.settings.providers) {
    const service::Provider* before = running.catalog.find(setting.id.view());
    const service::Provider* after = next.catalog.find(setting.id.view());
    if (before == nullptr || after == nullptr) continue;
    const std::string name = fmt::format("provider.{}.", setting.id.view());
    const bool same_key = before->global_key && after->global_key &&
                          before->global_key->reveal() == after->global_key->reveal();
    if (!global_key_file(setting).empty() && !same_key) add_once(applied, name + "global_key");
    const std::string& trusted = before->target.trusts;
    const std::string& trusts = after->target.trusts;
    if (!trusted.empty() && !trusts.empty() && trusted != trusts) {
      add_once(applied, name + "ca_file");
    }
  }
}

// Whether it is byokd's sandbox that keeps it from the file, which its user may read.
bool is_out_of_reach(const fs::path& file) {
  const FileDescriptor opened(::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  return !opened && errno == EACCES && ::access(file.c_str(), R_OK) == 0;
}

// The error, where one of the files that it names is there, and byokd itself has given it up.
Error explain(const Error& error, const std::vector<fs::path>& files) {
  std::vector<std::string> hidden;
  for (const fs::path& file : files) {
    if (is_out_of_reach(file)) hidden.push_back(file.native());
  }
  std::string explained;
  for (std::string_view line : lines_of(error.message())) {
    if (!explained.empty()) explained += '\n';
    explained += line;
    auto named = [line](const std::string& file) { return line.find(file) != line.npos; };
    if (std::ranges::any_of(hidden, named)) {
      explained +=
          ", or restart byokd: the sandbox lets byokd read files in /etc and /usr again, and in "
          "the folders that its settings named at the start";
    }
  }
  return {error.code, std::move(explained)};
}

}  // namespace

Result<Configuration> load_configuration(ConfigSources& sources) {
  auto [settings, problems] = read_settings(sources.arguments, sources.environment, sources.paths);
  // All that is wrong is told at once.
  auto catalog = build_catalog(settings, sources.environment, sources.keys);
  if (!catalog) problems.emplace_back(catalog.error().message());
  if (!problems.empty()) {
    return Error{Errc::bad_request, fmt::format("{}", fmt::join(problems, "\n"))};
  }
  keep_global_keys(settings, sources.environment, sources.keys);
  return Configuration{std::move(settings), *std::move(catalog)};
}

std::vector<fs::path> config_files(const ConfigSources& sources, const Settings& settings) {
  std::vector<fs::path> files{config_file(sources.arguments, sources.paths)};
  for (const ProviderSetting& provider : settings.providers) {
    if (!provider.ca_file.empty()) files.push_back(provider.ca_file);
    if (fs::path key = global_key_file(provider); !key.empty()) files.push_back(std::move(key));
  }
  for (const fs::path& file : {settings.tls.cert, settings.tls.key, settings.tls.client_ca}) {
    if (!file.empty()) files.push_back(file);
  }
  return files;
}

ConfigReloader::ConfigReloader(boost::asio::io_context& context, ConfigSources& sources,
                               const Reconfigured& parts, ConfigurationPtr running)
    : context_(context),
      sources_(sources),
      parts_(parts),
      had_file_(fs::exists(config_file(sources.arguments, sources.paths))),
      running_(std::move(running)) {}

void ConfigReloader::reload(audit::Actor by, Done done) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back({std::move(by), std::move(done)});
  }
  boost::asio::post(context_, [this] { begin_next(); });
}

void ConfigReloader::begin_next() {
  {
    const std::lock_guard lock(mutex_);
    if (busy_ || queue_.empty()) return;
    busy_ = true;
    current_ = std::move(queue_.front());
    queue_.pop_front();
  }
  if (stopped_) return finish(Error{Errc::draining, "byokd is shutting down: nothing is reloaded"});
  notify_service_manager(sources_.environment, reloading_now());
  // It may have been moved away; and the line of this reload belongs into what is there now.
  parts_.trail.reopen();
  Result<void> prepared;
  try {
    prepared = prepare();
    if (!prepared) prepared = explain(prepared.error(), files_to_read());
  } catch (const std::exception& broken) {
    prepared = Error{Errc::bad_request, broken.what()};
  }
  if (!prepared) return finish(prepared.error());
  tell_audit();
}

// Of the settings as they are written now, as far as they can be read.
std::vector<fs::path> ConfigReloader::files_to_read() const {
  return config_files(
      sources_, read_settings(sources_.arguments, sources_.environment, sources_.paths).settings);
}

// Makes next_ and changes_, or leaves all as it is.
Result<void> ConfigReloader::prepare() {
  const fs::path file = config_file(sources_.arguments, sources_.paths);
  if (had_file_ && !fs::exists(file)) {
    return Error{Errc::bad_request,
                 fmt::format("{}: the file is gone: put it back, or restart byokd to go by the "
                             "defaults",
                             file.native())};
  }
  upstream::forget_trust_store();
  auto loaded = load_configuration(sources_);
  if (!loaded) return loaded.error();
  Configuration& next = *loaded;
  // What the next start would refuse.
  if (parts_.tls == nullptr && listens_over_tls(next.settings)) {
    if (auto usable = load_tls(next.settings); !usable) return usable.error();
  }
  SettingsChange change = settle_change(running_->settings, next.settings);
  if (Result<void> fits = check_open_files(next.settings.limits.max_connections); !fits) {
    return fits.error();
  }
  changes_ = {std::move(change.applied), std::move(change.needs_restart)};
  add_changed_files(*running_, next, changes_.applied);
  if (Result<void> secured = prepare_tls(next.settings); !secured) return secured.error();
  // Whatever else is read at a reload is read here, and put into force by apply().
  next_ = std::make_shared<const Configuration>(std::move(next));
  return {};
}

// Files whose names stayed the same may hold other certificates.
Result<void> ConfigReloader::prepare_tls(const Settings& next) {
  if (parts_.tls == nullptr) return {};
  auto loaded = load_tls(next);
  if (!loaded) return loaded.error();
  next_tls_ = *std::move(loaded);
  const auto running = parts_.tls->current();
  if (next_tls_->chain_digest() != running->chain_digest()) add_once(changes_.applied, "tls.cert");
  if (next_tls_->client_ca_digest() != running->client_ca_digest()) {
    add_once(changes_.applied, "tls.client_ca");
  }
  return {};
}

void ConfigReloader::tell_audit() {
  std::vector<audit::Record> change;
  change.emplace_back(audit::Record::Kind::change, "config.reloaded", current_.by,
                      Fields{{"applied", joined(changes_.applied)},
                             {"needsRestart", joined(changes_.needs_restart)}});
  submit_facts(parts_.writer, parts_.trail, std::move(change), [this](const Result<void>& written) {
    boost::asio::post(context_, [this, written] {
      if (!written) return finish(written.error());
      apply();
    });
  });
}

void ConfigReloader::apply() {
  // The workers may have ended, and would not answer.
  if (stopped_) return finish(Error{Errc::draining, "byokd is shutting down: nothing is reloaded"});
  running_ = std::move(next_);
  const Settings& settings = running_->settings;
  parts_.log.set(settings.log.level, settings.log.format);
  if (next_tls_) {
    parts_.tls->replace(next_tls_);
    tell_tls(*next_tls_, parts_.log);
    parts_.metrics.tell_certificate(next_tls_->not_after());
  }
  parts_.tenant_limits.set(settings.limits.tenant_rps, settings.limits.tenant_concurrency);
  parts_.compactor.set_least_interval(settings.compact_interval);
  // They may have come from elsewhere.
  parts_.models.forget();
  adopt_(running_,
         [this] { boost::asio::post(context_, [this] { finish(std::move(changes_)); }); });
}

void ConfigReloader::finish(Result<Reloaded> outcome) {
  next_.reset();
  next_tls_.reset();
  log_outcome(outcome);
  if (!stopped_) notify_service_manager(sources_.environment, "READY=1");
  std::exchange(current_, {}).done(std::move(outcome));
  {
    const std::lock_guard lock(mutex_);
    busy_ = false;
  }
  boost::asio::post(context_, [this] { begin_next(); });
}

void ConfigReloader::log_outcome(const Result<Reloaded>& outcome) const {
  const std::string& who = current_.by.who;
  if (outcome) {
    parts_.log.info("config.reloaded", {{"who", who},
                                        {"applied", joined(outcome->applied)},
                                        {"needsRestart", joined(outcome->needs_restart)}});
    return;
  }
  const std::string message = outcome.error().message();
  for (std::string_view line : lines_of(message)) {
    parts_.log.error("config.not_reloaded", {{"who", who}, {"reason", line}});
  }
}

}  // namespace byok::daemon

// byokd: keeps tenants' provider keys, and makes calls with them.
#include <cstdio>

#include <fmt/format.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <exception>
#include <future>
#include <optional>

#include "common/commit.hpp"
#include "common/standard_streams.hpp"
#include "common/version.hpp"
#include "daemon/activation.hpp"
#include "daemon/arguments.hpp"
#include "daemon/config.hpp"
#include "daemon/enter_sandbox.hpp"
#include "daemon/http/route_names.hpp"
#include "daemon/offline.hpp"
#include "daemon/open_listeners.hpp"
#include "daemon/open_store.hpp"
#include "daemon/open_tls.hpp"
#include "daemon/process.hpp"
#include "daemon/reload.hpp"
#include "daemon/restore.hpp"
#include "daemon/say.hpp"
#include "daemon/store/library.hpp"
#include "daemon/user.hpp"
#include "daemon/watchdog.hpp"
#include "daemon/workers.hpp"

namespace byok::daemon {
namespace {

namespace asio = boost::asio;

// Signals are taken from before the store is opened until after it is closed: a second one must not
// end the process in between.
struct Signals {
  asio::io_context context;
  asio::signal_set hangup{context, SIGHUP};
  asio::signal_set stop{context, SIGTERM, SIGINT};

  // What came while hold_hangup() was in force comes now.
  Signals() { mask(SIG_UNBLOCK); }

  // From the first moment on: a reload that is asked for before byokd can do it must not end it.
  // Outlasts an exec.
  static void hold_hangup() { mask(SIG_BLOCK); }

 private:
  static void mask(int how) {
    sigset_t hangup_alone;
    sigemptyset(&hangup_alone);
    sigaddset(&hangup_alone, SIGHUP);
    sigprocmask(how, &hangup_alone, nullptr);
  }
};

// Does something again and again while the context runs.
class Every {
 public:
  Every(asio::io_context& context, std::chrono::milliseconds interval, std::function<void()> act)
      : timer_(context), interval_(interval), act_(std::move(act)) {
    wait();
  }

 private:
  void wait() {
    timer_.expires_after(interval_);
    timer_.async_wait([this](boost::system::error_code ec) {
      if (ec) return;
      act_();
      wait();
    });
  }

  asio::steady_timer timer_;
  std::chrono::milliseconds interval_;
  std::function<void()> act_;
};

// Waits for a signal to stop, then until all calls under way have ended, or drain_timeout has. The
// last of the workers stops the context from its own thread.
void serve_until_stopped(Signals& signals, Workers& workers, ConfigReloader& reloader,
                         const Logger& log, const Environment& environment) {
  asio::io_context& context = signals.context;
  asio::signal_set& stop = signals.stop;
  asio::steady_timer patience(context);

  std::function<void()> note_hangup = [&] {
    signals.hangup.async_wait([&](boost::system::error_code ec, int) {
      if (ec) return;
      reloader.reload({"SIGHUP", "", ""}, [](const Result<service::Reloaded>&) {});
      note_hangup();
    });
  };
  note_hangup();
  stop.async_wait([&](boost::system::error_code, int) {
    const Duration drain_timeout = reloader.running().drain_timeout;
    log.info("draining", {{"seconds", drain_timeout.count() / 1000}});
    notify_service_manager(environment, "STOPPING=1");
    reloader.stop();
    workers.drain([&context] { context.stop(); });
    patience.expires_after(drain_timeout);
    patience.async_wait([&workers](boost::system::error_code ec) {
      if (!ec) workers.abort();
    });
    // Asked twice, it does not wait.
    stop.async_wait([&workers](boost::system::error_code ec, int) {
      if (!ec) workers.abort();
    });
  });
  context.run();
}

// What was begun up to the line that the database knew was kept; what was begun behind it, and has
// no outcome, was not.
void tell_start(const OpenStore& store, const Logger& log) {
  if (auto trouble = store.trail->trouble()) {
    log.error("audit.unavailable", {{"reason", trouble->message()}});
  }
  store.trail->owe({audit::Record::Kind::fact,
                    "byokd.started",
                    audit::byokd(),
                    {{"version", version}, {"pid", getpid()}, {"keptUpTo", store.audit_head.seq}}});
  submit_facts(*store.writer, *store.trail, {}, [](const Result<void>&) {});
}

void tell_counts(const OpenStore& store) {
  std::vector<audit::Record> facts = store.trail->take_counts();
  if (facts.empty()) return;
  submit_facts(*store.writer, *store.trail, std::move(facts), [](const Result<void>&) {});
}

// On the disk, as far as that goes, once it returns.
void tell_end(const OpenStore& store) {
  std::vector<audit::Record> facts = store.trail->take_counts();
  facts.emplace_back(audit::Record::Kind::fact, "byokd.stopped", audit::byokd(), daemon::Fields{});
  std::promise<void> written;
  submit_facts(*store.writer, *store.trail, std::move(facts),
               [&written](const Result<void>&) { written.set_value(); });
  written.get_future().wait();
}

std::string version_text() {
  return describe_version(
      "byokd", commit, {openssl_library(), store::lmdb_library(), boost_library(), fmt_library()});
}

// What no look at the settings alone can tell. All that is wrong is told at once.
int check_config(const Settings& settings) {
  int code = 0;
  if (auto user = uid_of(settings); !user) {
    code = complain(user.error());
  } else if (auto usable = check_tls(settings); !usable) {
    code = complain(usable.error());
  }
  if (auto group = operator_rule(settings); !group) code = complain(group.error());
  // A service manager may allow byokd more than this shell has.
  if (auto fit = check_open_files(settings.limits.max_connections); !fit) {
    say("warning: " + std::string(fit.error().message()));
  }
  return code;
}

int run(const Arguments& arguments) {
  harden();
  settle_memory();
  ConfigSources sources{
      arguments, process_environment(), daemon_paths(Env::of_process(), arguments.system), {}};
  const Environment& environment = sources.environment;
  if (arguments.task == Task::generate_root_key) {
    // Nothing but the file's name matters to it: other secrets may not be at hand.
    auto settings = load_settings(arguments, environment, sources.paths);
    return settings ? work_offline(arguments, *settings) : complain(settings.error());
  }
  auto loaded = load_configuration(sources);
  if (!loaded) return complain(loaded.error());
  const auto config = std::make_shared<const service::Configuration>(*std::move(loaded));
  const Settings* settings = &config->settings;
  if (arguments.task == Task::check_config) return check_config(*settings);
  const bool changes_files = !only_looks(arguments.task);
  if (auto became = become_user(*settings, changes_files); !became) return complain(became.error());
  if (arguments.task != Task::serve) return work_offline(arguments, *settings);

  auto handed_over = take_handed_over(environment);
  if (!handed_over) return complain(handed_over.error());
  if (auto raised = raise_open_files(settings->limits.max_connections); !raised) {
    return complain(raised.error());
  }
  auto state_folder = StateFolder::lock(settings->state_dir);
  if (!state_folder) return complain(state_folder.error());
  Logger log(settings->log.level, settings->log.format);
  Signals signals;
  std::filesystem::path database = state_folder->path() / "data.mdb";
  remove_unfinished_restore(database);
  auto store = open_store(*settings, database, log);
  if (!store) return complain(store.error());
  auto tls = open_tls(*settings, log);
  if (!tls) return complain(tls.error());
  auto open = open_listeners(*settings, std::move(*handed_over));
  if (!open) return complain(open.error());
  const service::ProcessFigures process;
  enter_sandbox(*settings, database, config_files(sources, *settings), log);
  if (auto writing = start_writing(*store, *settings); !writing) {
    return complain(writing.error());
  }

  service::TenantMemory thinking(std::size_t{16} << 20, std::chrono::minutes(60));
  service::TenantMemory models(std::size_t{4} << 20, std::chrono::minutes(5));
  service::KeyVerdicts key_verdicts(*store->writer);
  service::UsageLedger usage(*store->writer, log);
  service::Compactor compactor(*store->environment, *store->writer, log,
                               settings->compact_interval);
  service::TenantLimits tenant_limits(settings->limits.tenant_rps,
                                      settings->limits.tenant_concurrency);
  service::AttemptLimit link_guesses;
  service::AttemptLimit link_trials;
  service::Metrics metrics(http::route_names(), settings->metrics_tenants, process);
  if (*tls) metrics.tell_certificate((*tls)->current()->not_after());
  ConfigReloader reloader(
      signals.context, sources,
      {log, *store->trail, *store->writer, tenant_limits, compactor, models, metrics, tls->get()},
      config);
  service::Shared shared{log,
                         *store->vault,
                         *store->environment,
                         *store->writer,
                         now(),
                         database,
                         {},
                         thinking,
                         models,
                         key_verdicts,
                         usage,
                         *store->trail,
                         compactor,
                         tenant_limits,
                         link_guesses,
                         link_trials,
                         reloader,
                         metrics};
  for (const auto& listener : open->listeners) shared.listeners.push_back(listener.address);
  Workers workers(shared, config, open->operators, tls->get(), open->listeners, open->metrics);
  reloader.serve_with(
      [&workers](const service::ConfigurationPtr& next, std::function<void()> adopted) {
        workers.adopt(next, std::move(adopted));
      });
  tell_start(*store, log);
  workers.start();
  for (const std::string& address : shared.listeners) {
    say(fmt::format("listening on {}", address));
  }
  for (const http::Listener& listener : open->metrics) {
    say(fmt::format("serving metrics on {}", listener.address));
  }
  notify_service_manager(environment, "READY=1");
  const Every writing_usage(signals.context, std::chrono::seconds(5), [&usage] { usage.write(); });
  const Every compacting(signals.context, std::chrono::seconds(1),
                         [&compactor] { compactor.tick(); });
  const Every writing_counts(signals.context, std::chrono::seconds(60),
                             [&store] { tell_counts(*store); });
  std::optional<Every> telling_of_life;
  if (auto interval = watchdog_interval(environment, getpid())) {
    telling_of_life.emplace(signals.context, *interval, [&] {
      workers.when_all_turn([&] {
        // From the thread that a reload changes the environment on.
        asio::post(signals.context, [&] { notify_service_manager(environment, "WATCHDOG=1"); });
      });
    });
  }
  serve_until_stopped(signals, workers, reloader, log, environment);
  tell_end(*store);
  log.info("stopped");
  return 0;
}

}  // namespace
}  // namespace byok::daemon

int main(int argc, char** argv) {
  using namespace byok::daemon;
  try {
    byok::fill_standard_streams();
    auto parsed = parse_arguments(argc, argv, version_text());
    if (const auto* early = std::get_if<EarlyExit>(&parsed)) {
      fmt::print(early->code == 0 ? stdout : stderr, "{}", early->text);
      return early->code;
    }
    const Arguments& arguments = std::get<Arguments>(parsed);
    if (arguments.task == Task::serve) Signals::hold_hangup();
    bind_all_calls(argv);
    return run(arguments);
  } catch (const std::exception& broken) {
    say(broken.what());
    return 1;
  }
}

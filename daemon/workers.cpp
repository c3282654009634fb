#include "daemon/workers.hpp"

#include <algorithm>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <thread>

namespace byok::daemon {
namespace {

namespace asio = boost::asio;

// Each worker keeps its share of the limit by itself: no counter is shared between them.
std::size_t most_connections(const Settings& settings) {
  return std::max<std::size_t>(settings.limits.max_connections / settings.workers, 1);
}

}  // namespace

struct Workers::Unit {
  Unit(const service::Shared& shared, const service::ConfigurationPtr& config,
       const http::OperatorRule& operators, const http::TlsSource* tls)
      : worker(shared, context.get_executor(), config),
        server(worker, {most_connections(config->settings), operators, tls}) {}

  void adopt(const service::ConfigurationPtr& config) {
    worker.adopt(config);
    server.adopt(most_connections(config->settings));
  }

  // Lets the event loop run dry.
  void finish() {
    if (finished.exchange(true)) return;
    worker.key_notes.flush();
    worker.pool.clear();
    worker.loop.deadlines.stop();
  }

  asio::io_context context{1};
  service::Worker worker;
  http::Server server;
  std::thread thread;
  std::atomic<bool> finished = false;  // its loop runs dry, and takes no more work
};

Workers::Workers(const service::Shared& shared, const service::ConfigurationPtr& config,
                 const http::OperatorRule& operators, const http::TlsSource* tls,
                 std::vector<http::Listener>& listeners,
                 std::vector<http::Listener>& metrics_listeners) {
  auto listen = [](http::Listener& listener, unsigned worker, http::Server& server,
                   http::Serves serves) {
    server.listen(std::move(listener.sockets[worker]), listener.transport, listener.handed_over,
                  serves);
  };
  for (unsigned i = 0; i < config->settings.workers; ++i) {
    Unit& unit = *units_.emplace_back(std::make_unique<Unit>(shared, config, operators, tls));
    for (http::Listener& listener : listeners) {
      listen(listener, i, unit.server, http::Serves::all);
    }
    for (http::Listener& listener : metrics_listeners) {
      listen(listener, i, unit.server, http::Serves::metrics);
    }
  }
}

Workers::~Workers() {
  // After a drain all of them have; not where something threw while they ran.
  if (!std::ranges::all_of(units_, [](const auto& unit) { return unit->finished.load(); })) {
    drain([] {});
  }
  abort();
  for (auto& unit : units_) {
    if (unit->thread.joinable()) unit->thread.join();
  }
}

void Workers::start() {
  for (auto& unit : units_) {
    unit->thread = std::thread([&context = unit->context] { context.run(); });
  }
}

void Workers::adopt(const service::ConfigurationPtr& config, std::function<void()> adopted) {
  auto left = std::make_shared<std::atomic<std::size_t>>(units_.size());
  for (auto& unit : units_) {
    asio::post(unit->context, [&unit = *unit, left, config, adopted] {
      unit.adopt(config);
      if (left->fetch_sub(1) == 1) adopted();
    });
  }
}

void Workers::drain(std::function<void()> drained) {
  auto left = std::make_shared<std::atomic<std::size_t>>(units_.size());
  for (auto& unit : units_) {
    asio::post(unit->context, [&unit = *unit, left, drained] {
      unit.server.drain([&unit, left, drained] {
        unit.finish();
        if (left->fetch_sub(1) == 1) drained();
      });
    });
  }
}

void Workers::when_all_turn(std::function<void()> all_turn) {
  auto left = std::make_shared<std::atomic<std::size_t>>(units_.size());
  const auto count = [left, all_turn = std::move(all_turn)] {
    if (left->fetch_sub(1) == 1) all_turn();
  };
  for (auto& unit : units_) {
    if (unit->finished) {
      count();
    } else {
      asio::post(unit->context, count);
    }
  }
}

void Workers::abort() {
  for (auto& unit : units_) {
    asio::post(unit->context, [&unit = *unit] {
      unit.server.abort();
      unit.worker.pool.abort();
    });
  }
}

}  // namespace byok::daemon

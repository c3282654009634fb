// The endpoints that tell of the daemon as a whole: to anybody, or to whoever watches it.
#include <boost/json/object.hpp>

#include "daemon/http/routes.hpp"
#include "daemon/metrics/text.hpp"
#include "daemon/service/metrics_text.hpp"

namespace byok::http {
namespace {

using net::Awaitable;
using service::Exchange;
using service::Worker;

Reply ok_reply() {
  boost::json::object answer;
  answer["status"] = "ok";
  return json_reply(answer);
}

// Says that this process answers, and nothing else.
Awaitable<Result<Reply>> health(Worker&, Exchange&, const PathParameters&) { co_return ok_reply(); }

// Says that calls can be served: the store answers, and no drain has begun. A full disk or an audit
// log that cannot be written stop changes only: calls go on, so byokd is ready.
Awaitable<Result<Reply>> ready(Worker& worker, Exchange& exchange, const PathParameters&) {
  if (worker.draining) {
    co_return Error{Errc::draining, "byokd is shutting down: ask another, or again later"};
  }
  try {
    worker.reader.begin().meta("schema");
  } catch (const std::exception& broken) {
    worker.shared.log.error("store.unavailable", {{"reason", broken.what()}});
    Reply reply = error_reply(
        {Errc::internal, "the database does not answer: see byokd's log, and restart it"},
        exchange.id.view());
    reply.status = 503;
    co_return reply;
  }
  co_return ok_reply();
}

Awaitable<Result<Reply>> show_metrics(Worker& worker, Exchange&, const PathParameters&) {
  Reply reply;
  reply.fields = "Content-Type: " + std::string(metrics::TextWriter::content_type) +
                 "\r\nCache-Control: no-store\r\n";
  reply.body = service::metrics_text(worker);
  co_return reply;
}

constexpr Route routes[] = {
    {"GET", "/health", Access::anyone, health},
    {"GET", "/ready", Access::anyone, ready},
    {"GET", "/metrics", Access::operators, show_metrics},
};

}  // namespace

std::span<const Route> public_routes() { return routes; }

}  // namespace byok::http

// The endpoints that anybody may ask.
#include <boost/json/object.hpp>

#include "daemon/http/routes.hpp"

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

// Says that calls can be served: the store answers, and no drain has begun.
Awaitable<Result<Reply>> ready(Worker& worker, Exchange&, const PathParameters&) {
  if (worker.draining) {
    co_return Error{Errc::draining, "byokd is shutting down: ask another, or again later"};
  }
  worker.reader.begin();
  co_return ok_reply();
}

constexpr Route routes[] = {
    {"GET", "/health", Access::anyone, health},
    {"GET", "/ready", Access::anyone, ready},
};

}  // namespace

std::span<const Route> public_routes() { return routes; }

}  // namespace byok::http

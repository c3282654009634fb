#include "daemon/http/reload_route.hpp"

#include <algorithm>
#include <boost/json/array.hpp>

#include "daemon/service/audit.hpp"
#include "daemon/service/reload.hpp"

namespace byok::http {
namespace {

namespace json = boost::json;

json::array lines_of(std::string_view text) {
  json::array lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

Reply refusal(const Error& error, std::string_view request_id) {
  json::array errors = lines_of(error.message());
  std::string message = "nothing was reloaded, and what was in force still is: ";
  for (std::size_t i = 0; i < errors.size(); ++i) {
    message.append(i > 0 ? "; " : "").append(std::string_view(errors[i].get_string()));
  }
  json::object body;
  body["error"] = code_name(error.code);
  body["message"] = message;
  body["requestId"] = request_id;
  body["errors"] = std::move(errors);
  return json_reply(body, 400);
}

json::array names(const std::vector<std::string>& of) { return json::array(of.begin(), of.end()); }

}  // namespace

net::Awaitable<Result<Reply>> reload_config(service::Worker& worker, service::Exchange& exchange,
                                            const PathParameters&) {
  auto reloaded = co_await service::reload(worker, service::actor_of(exchange));
  if (!reloaded && reloaded.error().code == Errc::bad_request) {
    co_return refusal(reloaded.error(), exchange.id.view());
  }
  if (!reloaded) co_return reloaded.error();
  json::object answer;
  answer["reloaded"] = true;
  answer["applied"] = names(reloaded->applied);
  answer["needsRestart"] = names(reloaded->needs_restart);
  co_return json_reply(answer);
}

}  // namespace byok::http

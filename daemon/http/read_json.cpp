#include "daemon/http/json_body.hpp"

namespace byok::http {

net::Awaitable<Result<JsonBody>> read_json(service::Exchange& exchange) {
  Result<std::string_view> text = co_await exchange.read_body(longest_small_body);
  if (!text) co_return text.error();
  co_return JsonBody::parse(*text);
}

}  // namespace byok::http

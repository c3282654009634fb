#include "daemon/http/token_order.hpp"

#include "common/time.hpp"
#include "daemon/http/json_body.hpp"

namespace byok::http {

Result<service::TokenOrder> token_order(const boost::json::object& object) {
  for (const auto& member : object) {
    std::string_view name = member.key();
    if (name != "name" && name != "scope" && name != "expires") {
      return Error{Errc::bad_request, "a token may have 'name', 'scope' and 'expires'"};
    }
  }
  service::TokenOrder order;
  auto name = text_member(object, "name");
  if (!name) return name.error();
  order.name = name->value_or("");
  if (auto fine = service::check_token_name(order.name); !fine) return fine.error();

  auto scope_text = text_member(object, "scope");
  if (!scope_text) return scope_text.error();
  auto scope = scope_from_name(scope_text->value_or("full"));
  if (!scope) return Error{Errc::bad_request, "'scope' must be full, chat or admin"};
  order.scope = *scope;

  auto expires = text_member(object, "expires");
  if (!expires) return expires.error();
  if (*expires) {
    auto duration = parse_duration(**expires);
    if (!duration || duration->count() < 1000) {
      return Error{Errc::bad_request,
                   "'expires' must be a duration of a second or more, such as 12h or 30d"};
    }
    order.expires_at = now() + duration->count() / 1000;
  }
  return order;
}

}  // namespace byok::http

#include "daemon/http/import_line.hpp"

#include "common/provider_key.hpp"
#include "daemon/http/json_body.hpp"
#include "daemon/http/token_order.hpp"

namespace byok::http {

Result<service::ImportLine> parse_import_line(const service::Catalog& catalog,
                                              std::string_view text) {
  Result<JsonBody> body = JsonBody::parse(text);
  if (!body) return Error{Errc::invalid_json, "the line must be one JSON object"};
  auto known = body->only({"tenant", "provider", "apiKey", "token"});
  if (!known) return known.error();
  service::ImportLine line;
  auto tenant_text = body->text("tenant");
  if (!tenant_text) return tenant_text.error();
  auto tenant = TenantId::parse(tenant_text->value_or(""));
  if (!tenant) return tenant.error();
  line.tenant = *tenant;

  auto provider_text = body->text("provider");
  if (!provider_text) return provider_text.error();
  auto key_text = body->text("apiKey");
  if (!key_text) return key_text.error();
  if (provider_text->has_value() != key_text->has_value()) {
    return Error{Errc::bad_request, "'provider' and 'apiKey' go together"};
  }
  if (*provider_text) {
    auto provider = catalog.require(**provider_text);
    if (!provider) return provider.error();
    line.provider = (*provider)->id;
    auto key = check_key(**key_text);
    if (!key) return key.error();
    line.key = std::move(*key);
  }

  auto token = body->object("token");
  if (!token) return token.error();
  if (*token) {
    auto order = token_order(**token);
    if (!order) return order.error();
    if (order->scope == Scope::admin) {
      return Error{Errc::bad_request, "an import makes no operator's tokens"};
    }
    line.token = std::move(*order);
  }
  return line;
}

}  // namespace byok::http

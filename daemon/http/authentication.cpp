#include "daemon/http/authentication.hpp"

#include "common/http1/characters.hpp"
#include "daemon/service/identity.hpp"
#include "daemon/service/provider_paths.hpp"

namespace byok::http {
namespace {

using http1::FieldId;

// The token inside Authorization (RFC 6750 section 2.1); nothing for another scheme.
std::optional<std::string_view> bearer_token(std::string_view value) {
  std::size_t space = value.find(' ');
  if (space == value.npos || !http1::equal_ignoring_case(value.substr(0, space), "bearer")) {
    return std::nullopt;
  }
  return http1::trim(value.substr(space));
}

// The one credential of the request; empty where it bears none.
Result<std::string_view> find_credential(const http1::RequestHead& head, bool query_may_hold_key) {
  std::string_view found;
  bool disagree = false;
  auto take = [&](std::string_view credential) {
    if (credential.empty()) return;
    disagree |= !found.empty() && found != credential;
    found = credential;
  };
  if (const http1::Field* field = http1::find(head.fields, FieldId::authorization)) {
    auto token = bearer_token(field->value);
    // Another scheme is a credential, too: one that nobody here accepts.
    if (!token || token->empty()) return service::unauthorized();
    take(*token);
  }
  for (FieldId id : {FieldId::x_api_key, FieldId::x_goog_api_key}) {
    const http1::Field* field = http1::find(head.fields, id);
    if (!field) continue;
    if (field->value.empty()) return service::unauthorized();
    take(field->value);
  }
  if (query_may_hold_key) take(service::query_key(head.query));
  if (disagree) {
    return Error{Errc::bad_request, "the request bears two different credentials: send one"};
  }
  return found;
}

bool speaks_for_another(const http1::Fields& fields) {
  for (const http1::Field& field : fields) {
    if (field.id == FieldId::forwarded || field.id == FieldId::via ||
        field.id == FieldId::x_forwarded) {
      return true;
    }
  }
  return false;
}

const TenantId& operators_tenant() {
  static const TenantId id = *TenantId::parse(default_tenant);
  return id;
}

}  // namespace

Result<std::string_view> bearer_of(const http1::RequestHead& head) {
  const http1::Field* field = http1::find(head.fields, FieldId::authorization);
  if (!field) return service::unauthorized();
  const auto text = bearer_token(field->value);
  if (!text || text->empty()) return service::unauthorized();
  return *text;
}

Result<service::Principal> authenticate(service::Worker& worker, const http1::RequestHead& head,
                                        PeerProof& proof, bool query_may_hold_key) {
  Result<std::string_view> credential = find_credential(head, query_may_hold_key);
  if (!credential) return credential.error();

  service::Principal principal;
  if (!credential->empty()) {
    Result<service::Principal> identified = service::identify(worker, *credential);
    if (!identified) return identified.error();
    principal = *identified;
  } else {
    const service::Principal* proved = proof.principal();
    if (proved == nullptr) return service::unauthorized();
    if (proved->is_operator && speaks_for_another(head.fields)) return service::unauthorized();
    principal = *proved;
  }

  const http1::Field* asked = http1::find(head.fields, FieldId::x_byok_tenant);
  if (!asked) {
    if (principal.is_operator) principal.tenant = operators_tenant();
    return principal;
  }
  Result<TenantId> tenant = TenantId::parse(asked->value);
  if (!tenant) return tenant.error();
  if (!principal.is_operator && principal.tenant != *tenant) {
    return Error{Errc::forbidden, "the token is another tenant's than X-Byok-Tenant names"};
  }
  principal.tenant = *tenant;
  return principal;
}

}  // namespace byok::http

#include "daemon/http/link_order.hpp"

#include "common/time.hpp"

namespace byok::http {
namespace {

constexpr std::string_view default_life = "24h";
constexpr UnixTime longest_life = UnixTime{30} * 24 * 3600;  // seconds

Result<UnixTime> life_of(std::string_view text) {
  const auto duration = parse_duration(text);
  const UnixTime seconds = duration ? duration->count() / 1000 : 0;
  if (seconds < 1 || seconds > longest_life) {
    return Error{Errc::bad_request,
                 "'expires' must be a duration from a second to 30 days, such as 12h or 7d"};
  }
  return seconds;
}

}  // namespace

Result<service::LinkOrder> link_order(const JsonBody& body, const service::Catalog& catalog) {
  if (auto known = body.only({"tenant", "provider", "expires", "note"}); !known) {
    return known.error();
  }
  service::LinkOrder order;
  auto tenant_text = body.text("tenant");
  if (!tenant_text) return tenant_text.error();
  Result<TenantId> tenant = TenantId::parse(tenant_text->value_or(""));
  if (!tenant) return tenant.error();
  order.tenant = *tenant;

  auto provider_text = body.text("provider");
  if (!provider_text) return provider_text.error();
  auto provider = catalog.require(provider_text->value_or(""));
  if (!provider) return provider.error();
  order.provider = (*provider)->id;

  auto note = body.text("note");
  if (!note) return note.error();
  order.note = note->value_or("");
  if (auto fine = service::check_link_note(order.note); !fine) return fine.error();

  auto expires = body.text("expires");
  if (!expires) return expires.error();
  Result<UnixTime> life = life_of(expires->value_or(default_life));
  if (!life) return life.error();
  order.expires_at = now() + *life;
  return order;
}

}  // namespace byok::http

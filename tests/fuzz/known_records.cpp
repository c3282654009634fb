#include "tests/fuzz/known_records.hpp"

#include "tests/fuzz/repeatable_random.hpp"

namespace byok::fuzz {
namespace {

constexpr UnixTime some_time = 1'700'000'000;

vault::Vault make_vault() {
  repeat_random();
  return {vault::RootKey(Secret(std::string(crypto::key_size, 'r'))), {'d', 'b'}};
}

}  // namespace

store::TenantRecord known_tenant() {
  store::TenantRecord record;
  record.created_at = some_time;
  record.dek_counter = 7;
  record.keys.push_back({*ProviderId::parse("openai"), 3});
  record.keys.push_back({*ProviderId::parse("anthropic"), 7});
  return record;
}

KnownRecords::KnownRecords()
    : vault(make_vault()),
      dek(vault::Dek::make()),
      place{*TenantId::parse(key), *ProviderId::parse("openai"), 3},
      sealed(vault.seal(dek, place, {3, some_time, some_time + 60}, secret)),
      wrapped(vault.wrap(place.tenant, place.dek_version, some_time, dek)),
      tenant(encode(known_tenant())),
      authenticated(vault.authenticate(sub_database, key, tenant)) {}

}  // namespace byok::fuzz

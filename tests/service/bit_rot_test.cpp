// Every bit of every field that decides who is who or what a key is: with one of them flipped, the
// record is refused where the service takes it from the database.
#include <doctest/doctest.h>

#include <functional>
#include <string>

#include "daemon/service/authentic.hpp"
#include "daemon/service/open_key.hpp"
#include "daemon/service/provider_keys.hpp"
#include "tests/store/fixture.hpp"

namespace byok::service {
namespace {

using store::tests::provider;
using store::tests::tenant;

constexpr std::string_view api_key = "sk-proj-0123456789abcdef";
const crypto::Digest token_hash = store::tests::hash_of("byok_token");

const crypto::Digest link_hash = store::tests::hash_of("byoklink_secret");

struct Fixture {
  vault::Vault vault{vault::RootKey(Secret(std::string(crypto::key_size, 'r'))),
                     vault::make_database_id()};
  store::tests::Database database;

  Fixture() {
    database.write([&](store::WriteTxn& txn) -> Result<void> {
      store::TenantEdit edit = txn.edit(tenant("acme"));
      store::TenantRecord record;
      record.created_at = 1'700'000'000;
      store_key(vault, edit, record, provider("openai"), api_key, 1'700'000'000, 1'700'000'500);
      save_tenant(vault, edit, record);
      store::TokenRecord token;
      token.id = "tok_0123456789abcdef";
      token.name = "widget";
      token.tenant = tenant("acme");
      edit.put_token(token_hash, token.id, seal_token(vault, token_hash, token));
      store::LinkRecord link;
      link.id = "lnk_0123456789abcdef";
      link.tenant = tenant("acme");
      link.provider = provider("openai");
      edit.put_link(link_hash, link.id, seal_link(vault, link_hash, link));
      return {};
    });
  }
};

// What a request needs of a tenant.
Errc outcome_of_call(const vault::Vault& vault, const store::TenantEdit& edit) {
  Result<store::TenantRecord> record = load_tenant(vault, edit);
  if (!record) return record.error().code;
  Result<Secret> key = open_key(vault, edit, *record, provider("openai"));
  if (!key) return key.error().code;
  CHECK(key->reveal() == api_key);
  return Errc::not_found;  // nothing was refused
}

struct Kind {
  std::string_view name;
  std::function<std::string(store::WriteTxn&)> read;
  std::function<void(store::WriteTxn&, std::string_view)> write;
  std::function<Errc(const vault::Vault&, store::WriteTxn&)> outcome;
};

store::TenantEdit edit_of(store::WriteTxn& txn) { return txn.edit(tenant("acme")); }

const Kind kinds[] = {
    {"key", [](auto& txn) { return std::string(*edit_of(txn).key(provider("openai"))); },
     [](auto& txn, auto bytes) { edit_of(txn).put_key(provider("openai"), bytes); },
     [](auto& vault, auto& txn) { return outcome_of_call(vault, edit_of(txn)); }},
    {"DEK", [](auto& txn) { return std::string(*edit_of(txn).dek(1)); },
     [](auto& txn, auto bytes) { edit_of(txn).put_dek(1, bytes); },
     [](auto& vault, auto& txn) { return outcome_of_call(vault, edit_of(txn)); }},
    {"tenant", [](auto& txn) { return std::string(*edit_of(txn).record()); },
     [](auto& txn, auto bytes) { edit_of(txn).put_record(bytes); },
     [](auto& vault, auto& txn) { return outcome_of_call(vault, edit_of(txn)); }},
    {"token", [](auto& txn) { return std::string(*txn.token(token_hash)); },
     [](auto& txn, auto bytes) {
       edit_of(txn).put_token(token_hash, "tok_0123456789abcdef", bytes);
     },
     [](auto& vault, auto& txn) {
       Result<store::TokenRecord> token = load_token(vault, txn, token_hash);
       return token ? Errc::not_found : token.error().code;
     }},
    {"link", [](auto& txn) { return std::string(*txn.link(link_hash)); },
     [](auto& txn, auto bytes) { edit_of(txn).put_link(link_hash, "lnk_0123456789abcdef", bytes); },
     [](auto& vault, auto& txn) {
       Result<store::LinkRecord> link = load_link(vault, txn, link_hash);
       return link ? Errc::not_found : link.error().code;
     }}};

}  // namespace

TEST_CASE("a stored record with any bit flipped is refused where a request needs it") {
  Fixture f;
  for (const Kind& kind : kinds) {
    CAPTURE(kind.name);
    std::size_t bits = 0;
    std::size_t refused = 0;
    // In a transaction that is never committed: thousands of commits would take minutes.
    Result<void> undone = store::tests::write(*f.database.writer, [&](store::WriteTxn& txn) {
      std::string record = kind.read(txn);
      CHECK((kind.outcome(f.vault, txn) == Errc::not_found));
      for (bits = 0; bits < 8 * record.size(); ++bits) {
        CAPTURE(bits);
        const char mask = static_cast<char>(1 << (bits % 8));
        record[bits / 8] = static_cast<char>(record[bits / 8] ^ mask);
        kind.write(txn, record);
        const bool unreadable = kind.outcome(f.vault, txn) == Errc::key_unreadable;
        CHECK(unreadable);
        if (unreadable) ++refused;
        record[bits / 8] = static_cast<char>(record[bits / 8] ^ mask);
      }
      return Result<void>(Error{Errc::internal, "undo it all"});
    });
    CHECK(undone.has_error());
    CHECK(bits > 8 * 60);
    MESSAGE(bits << " bits of a " << kind.name << "'s record, each flipped: " << refused
                 << " refused");
  }
}

}  // namespace byok::service

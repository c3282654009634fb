#include "daemon/service/links.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

#include "daemon/service/authentic.hpp"
#include "daemon/service/old_links.hpp"
#include "daemon/service/record_id.hpp"
#include "tests/store/fixture.hpp"

namespace byok::service {
namespace {

using store::tests::hash_of;
using store::tests::tenant;

constexpr UnixTime today = 1'800'000'000;
constexpr UnixTime day = 24 * 3600;

store::LinkRecord link_of(std::string id, UnixTime expires, UnixTime used, UnixTime revoked) {
  store::LinkRecord link;
  link.id = std::move(id);
  link.tenant = tenant("acme");
  link.provider = store::tests::provider("openai");
  link.created_at = 1;
  link.expires_at = expires;
  link.used_at = used;
  link.revoked_at = revoked;
  return link;
}

struct Fixture {
  vault::Vault vault{vault::RootKey(Secret(std::string(crypto::key_size, 'r'))),
                     vault::make_database_id()};
  store::tests::Database database;

  void put(const store::LinkRecord& link) {
    database.write([&](store::WriteTxn& txn) -> Result<void> {
      const crypto::Digest hash = hash_of(link.id);
      txn.edit(link.tenant).put_link(hash, link.id, seal_link(vault, hash, link));
      return {};
    });
  }
  std::size_t clear(std::string_view behind) {
    std::size_t cleared = 0;
    database.write([&](store::WriteTxn& txn) -> Result<void> {
      cleared = clear_old_links(vault, txn, behind, today);
      return {};
    });
    return cleared;
  }
  std::set<std::string> left() {
    std::set<std::string> ids;
    store::ReadTxn txn = database.reader->begin();
    txn.each_link_behind({}, [&](std::string_view id, const crypto::Digest& hash) {
      CHECK(txn.link(hash).has_value());
      ids.emplace(id);
      return true;
    });
    return ids;
  }
};

TEST_CASE("a link is open until it is used, revoked or its time is over") {
  struct Case {
    std::string_view name;
    store::LinkRecord link;
  };
  const Case cases[] = {{"open", link_of("l", today + 1, 0, 0)},
                        {"expired", link_of("l", today, 0, 0)},
                        {"used", link_of("l", today + 1, today, 0)},
                        {"used", link_of("l", today - 9, today - 10, 0)},
                        {"revoked", link_of("l", today + 1, 0, today)},
                        {"revoked", link_of("l", today - 1, 0, today)}};
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CHECK(link_state_name(link_state(c.link, today)) == c.name);
  }
}

TEST_CASE("a note is short and on one line") {
  CHECK(check_link_note("").has_value());
  CHECK(check_link_note("Example Ltd, f\xc3\xbcr Chats").has_value());
  CHECK(check_link_note(std::string(256, 'n')).has_value());
  CHECK(check_link_note(std::string(257, 'n')).has_error());
  CHECK(check_link_note("a\nb").has_error());
  CHECK(check_link_note("a\x7f").has_error());
}

TEST_CASE("links that were over a month ago are cleared away, and no others") {
  Fixture f;
  const UnixTime long_ago = today - old_links_kept;
  f.put(link_of("lnk_a", today + day, 0, 0));
  f.put(link_of("lnk_b", long_ago + 1, 0, 0));
  f.put(link_of("lnk_c", long_ago, 0, 0));
  f.put(link_of("lnk_d", today + day, long_ago, 0));
  f.put(link_of("lnk_e", today + day, long_ago + 1, 0));
  f.put(link_of("lnk_f", today + day, 0, long_ago));
  f.put(link_of("lnk_g", long_ago - day, 0, today));
  CHECK(f.clear("lnk_d") == 3);
  CHECK(f.left() == std::set<std::string>{"lnk_a", "lnk_b", "lnk_e", "lnk_g"});
  CHECK(f.clear("lnk_zzz") == 0);
}

TEST_CASE("a clearance looks at a few links only, and those behind others have their turn") {
  Fixture f;
  std::vector<std::string> ids;
  for (int i = 0; i < 100; ++i) {
    ids.push_back(make_record_id("lnk_"));
    f.put(link_of(ids.back(), 1, 0, 0));
  }
  CHECK(f.clear("lnk_") == 32);
  CHECK(f.clear(*f.left().rbegin()) == 32);  // from the first on again
  for (int i = 0; i < 40 && !f.left().empty(); ++i) (void)f.clear(make_record_id("lnk_"));
  CHECK(f.left().empty());
}

TEST_CASE("a link that does not authenticate is left for the doctor to tell of") {
  Fixture f;
  const store::LinkRecord link = link_of("lnk_a", 1, 0, 0);
  f.database.write([&](store::WriteTxn& txn) -> Result<void> {
    txn.edit(link.tenant).put_link(hash_of("x"), link.id, seal_link(f.vault, hash_of("y"), link));
    return {};
  });
  CHECK(f.clear("lnk_") == 0);
  CHECK(f.left() == std::set<std::string>{"lnk_a"});
}

}  // namespace
}  // namespace byok::service

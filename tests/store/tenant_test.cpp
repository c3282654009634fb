#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "daemon/store/records.hpp"
#include "tests/store/fixture.hpp"

namespace byok::store {
namespace {

using tests::Database;
using tests::hash_of;
using tests::provider;
using tests::tenant;

// Names that are beginnings of one another or sort around the separator.
const std::vector<std::string> similar_names = {"a", "a-b", "a.b", "a_b", "ab", "aa", "0a"};

std::string value_of(const std::string& owner, std::string_view what) {
  return owner + " " + std::string(what);
}

// Gives `name` two keys, two DEKs, two tokens and their states, and two links, each saying whose it
// is.
void fill(WriteTxn& txn, const std::string& name) {
  TenantEdit edit = txn.edit(tenant(name));
  edit.put_record(value_of(name, "record"));
  for (const char* p : {"openai", "anthropic"}) {
    edit.put_key(provider(p), value_of(name, p));
    edit.put_key_state(provider(p), value_of(name, "state"));
  }
  for (std::uint64_t version : {1U, 256U}) edit.put_dek(version, value_of(name, "dek"));
  for (Day day : {1U, 256U}) {
    const std::string row = usage_rows_from(day) + "m";
    CHECK_FALSE(edit.change_usage(row, [](std::string_view) { return std::string(); }));
    edit.put_usage(row, std::string(value_of(name, "counts").size(), '?'));
    CHECK(edit.change_usage(row, [&](std::string_view) { return value_of(name, "counts"); }));
  }
  for (const char* t : {"tok_1", "tok_2"}) {
    std::string id = t + name;
    edit.put_token(hash_of(id), id, value_of(name, "token"));
    txn.put_token_state(hash_of(id), value_of(name, "token state"));
  }
  for (const char* l : {"lnk_1", "lnk_2"}) {
    std::string id = l + name;
    edit.put_link(hash_of(id), id, value_of(name, "link"));
  }
}

// All that a view shows of a tenant, one entry a line.
std::vector<std::string> contents(const ReadTxn& txn, const std::string& name) {
  std::vector<std::string> out;
  TenantView view = txn.tenant(tenant(name));
  if (auto record = view.record()) out.emplace_back(*record);
  view.each_key([&](const ProviderId& p, std::string_view record) {
    out.push_back(p.str() + "=" + std::string(record));
    if (auto state = view.key_state(p)) out.push_back(p.str() + "~" + std::string(*state));
  });
  view.each_dek([&](std::uint64_t version, std::string_view record) {
    out.push_back(std::to_string(version) + "=" + std::string(record));
  });
  view.each_usage(0, [&](std::string_view row, std::string_view counts) {
    if (view.usage(row) != counts) out.push_back("counts that are not found by their row");
    out.push_back("usage " + std::to_string(row.size()) + "=" + std::string(counts));
    return true;
  });
  view.each_token([&](std::string_view id, const crypto::Digest& hash) {
    out.push_back(std::string(id) + "=" + std::string(txn.token(hash).value_or("missing")));
    if (txn.token_hash(id) != hash) out.push_back("a token's two indexes differ");
    out.push_back(std::string(id) + "~" + std::string(txn.token_state(hash).value_or("missing")));
  });
  view.each_link_behind({}, [&](std::string_view id, const crypto::Digest& hash) {
    out.push_back(std::string(id) + "=" + std::string(txn.link(hash).value_or("missing")));
    if (txn.link_hash(id) != hash) out.push_back("a link's two indexes differ");
    return true;
  });
  return out;
}

std::vector<std::string> expected_contents(const std::string& n) {
  return {n + " record",
          "anthropic=" + n + " anthropic",
          "anthropic~" + n + " state",
          "openai=" + n + " openai",
          "openai~" + n + " state",
          "1=" + n + " dek",
          "256=" + n + " dek",
          "usage 5=" + n + " counts",
          "usage 5=" + n + " counts",
          "tok_1" + n + "=" + n + " token",
          "tok_1" + n + "~" + n + " token state",
          "tok_2" + n + "=" + n + " token",
          "tok_2" + n + "~" + n + " token state",
          "lnk_1" + n + "=" + n + " link",
          "lnk_2" + n + "=" + n + " link"};
}

Writer::Step fill_all() {
  return [](WriteTxn& txn) -> Result<void> {
    for (const std::string& name : similar_names) fill(txn, name);
    return {};
  };
}

TEST_CASE("each tenant sees its own data and nothing of tenants with similar names") {
  Database db;
  db.write(fill_all());
  ReadTxn txn = db.reader->begin();
  for (const std::string& name : similar_names) {
    CAPTURE(name);
    CHECK(contents(txn, name) == expected_contents(name));
  }
  CHECK(contents(txn, "abc").empty());
}

TEST_CASE("single records are found by their names, and absent ones are absent") {
  Database db;
  db.write(fill_all());
  ReadTxn txn = db.reader->begin();
  TenantView view = txn.tenant(tenant("a"));
  CHECK(view.key(provider("openai")) == "a openai");
  CHECK(view.dek(256) == "a dek");
  CHECK(view.key_state(provider("openai")) == "a state");
  CHECK_FALSE(view.key(provider("gemini")).has_value());
  CHECK_FALSE(view.dek(2).has_value());
  CHECK_FALSE(txn.tenant(tenant("b")).record().has_value());
  CHECK_FALSE(txn.token(hash_of("nothing")).has_value());
  for (const std::string& id : {std::string(), std::string("tok_9"), std::string(2000, 't')}) {
    CHECK_FALSE(txn.token_hash(id).has_value());
  }
}

TEST_CASE("erasing everything of one tenant leaves all others as they were") {
  for (const std::string& erased : similar_names) {
    CAPTURE(erased);
    Database db;
    db.write(fill_all());
    db.write([&](WriteTxn& txn) -> Result<void> {
      txn.edit(tenant(erased)).erase_everything();
      return {};
    });
    ReadTxn txn = db.reader->begin();
    for (const std::string& name : similar_names) {
      CAPTURE(name);
      CHECK(contents(txn, name) ==
            (name == erased ? std::vector<std::string>() : expected_contents(name)));
    }
    for (const char* t : {"tok_1", "tok_2"}) {
      CHECK_FALSE(txn.token_hash(t + erased).has_value());
      CHECK_FALSE(txn.token(hash_of(t + erased)).has_value());
      CHECK_FALSE(txn.token_state(hash_of(t + erased)).has_value());
    }
    for (const char* l : {"lnk_1", "lnk_2"}) {
      CHECK_FALSE(txn.link_hash(l + erased).has_value());
      CHECK_FALSE(txn.link(hash_of(l + erased)).has_value());
    }
    CHECK_FALSE(txn.tenant(tenant(erased)).key_state(provider("openai")).has_value());
  }
}

TEST_CASE("erasing everything of a tenant with many records leaves none") {
  Database db;
  db.write([](WriteTxn& txn) -> Result<void> {
    for (const char* name : {"a", "ab"}) {
      TenantEdit edit = txn.edit(tenant(name));
      for (std::uint64_t i = 0; i < 1000; ++i) edit.put_dek(i, std::string(100, 'd'));
    }
    return {};
  });
  db.write([](WriteTxn& txn) -> Result<void> {
    txn.edit(tenant("a")).erase_everything();
    return {};
  });
  ReadTxn txn = db.reader->begin();
  CHECK(contents(txn, "a").empty());
  CHECK(contents(txn, "ab").size() == 1000);
}

TEST_CASE("tenants are visited in order, after a given one, until told to stop") {
  Database db;
  db.write(fill_all());
  ReadTxn txn = db.reader->begin();
  auto names = [&](const std::optional<TenantId>& after, std::size_t limit) {
    std::vector<std::string> out;
    txn.each_tenant(after, [&](const TenantId& id, std::string_view record) {
      CHECK(record == id.str() + " record");
      out.push_back(id.str());
      return out.size() < limit;
    });
    return out;
  };
  using Names = std::vector<std::string>;
  CHECK(names(std::nullopt, 100) == Names{"0a", "a", "a-b", "a.b", "a_b", "aa", "ab"});
  CHECK(names(tenant("a"), 100) == Names{"a-b", "a.b", "a_b", "aa", "ab"});
  CHECK(names(tenant("a"), 2) == Names{"a-b", "a.b"});
  CHECK(names(tenant("a0"), 1) == Names{"a_b"});
  CHECK(names(tenant("ab"), 100).empty());
}

TEST_CASE("erasing a key takes its state along and leaves its DEK") {
  Database db;
  db.write(fill_all());
  db.write([](WriteTxn& txn) -> Result<void> {
    txn.edit(tenant("a")).erase_key(provider("openai"));
    return {};
  });
  ReadTxn txn = db.reader->begin();
  TenantView view = txn.tenant(tenant("a"));
  CHECK_FALSE(view.key(provider("openai")).has_value());
  CHECK_FALSE(view.key_state(provider("openai")).has_value());
  CHECK(view.key(provider("anthropic")).has_value());
  CHECK(view.dek(1).has_value());
}

TEST_CASE("a state that comes after its key or token is gone is not kept") {
  Database db;
  db.write([](WriteTxn& txn) -> Result<void> {
    txn.edit(tenant("a")).put_key_state(provider("openai"), "late");
    txn.put_token_state(hash_of("gone"), "late");
    CHECK(txn.changes() == 0);
    return {};
  });
  ReadTxn txn = db.reader->begin();
  CHECK_FALSE(txn.tenant(tenant("a")).key_state(provider("openai")).has_value());
  CHECK_FALSE(txn.token_state(hash_of("gone")).has_value());
}

TEST_CASE("no tenant's edit erases another's token") {
  Database db;
  db.write(fill_all());
  db.write([](WriteTxn& txn) -> Result<void> {
    txn.edit(tenant("ab")).erase_token(hash_of("tok_1a"), "tok_1a");
    txn.erase_operator_token(hash_of("tok_1a"), "tok_1a");
    txn.edit(tenant("a")).erase_token(hash_of("tok_1ab"), "tok_1a");
    CHECK(txn.changes() == 0);
    txn.edit(tenant("a")).erase_token(hash_of("tok_1a"), "tok_1a");
    return {};
  });
  ReadTxn txn = db.reader->begin();
  CHECK(contents(txn, "ab") == expected_contents("ab"));
  CHECK_FALSE(txn.token(hash_of("tok_1a")).has_value());
  CHECK(txn.token(hash_of("tok_2a")).has_value());
}

TEST_CASE("an operator's tokens are no tenant's, and are listed in order") {
  Database db;
  db.write([](WriteTxn& txn) -> Result<void> {
    fill(txn, "a");
    txn.put_operator_token(hash_of("two"), "tok_b", "second");
    txn.put_operator_token(hash_of("one"), "tok_a", "first");
    return {};
  });
  auto listed = [&] {
    std::string out;
    ReadTxn txn = db.reader->begin();
    txn.each_operator_token([&](std::string_view id, const crypto::Digest& hash) {
      out.append(id).append("=").append(txn.token(hash).value_or("missing")).append(" ");
    });
    CHECK(contents(txn, "a") == expected_contents("a"));
    return out;
  };
  CHECK(listed() == "tok_a=first tok_b=second ");
  db.write([](WriteTxn& txn) -> Result<void> {
    txn.erase_operator_token(hash_of("one"), "tok_a");
    return {};
  });
  CHECK(listed() == "tok_b=second ");
}

TEST_CASE("tokens are read from behind any of them, as far as is wanted") {
  Database db;
  db.write([](WriteTxn& txn) -> Result<void> {
    for (const char* owner : {"a", "ab"}) {
      for (const char* id : {"tok_1", "tok_2", "tok_3"}) {
        txn.edit(tenant(owner))
            .put_token(hash_of(std::string(id) + owner), std::string(id) + owner, "r");
      }
    }
    txn.put_operator_token(hash_of("one"), "tok_x", "r");
    txn.put_operator_token(hash_of("two"), "tok_y", "r");
    return {};
  });
  ReadTxn txn = db.reader->begin();
  struct Case {
    std::string_view after;
    std::size_t most;
    std::string_view found;
  };
  const Case cases[] = {
      {"", 9, "tok_1a tok_2a tok_3a "}, {"", 2, "tok_1a tok_2a "}, {"tok_1a", 9, "tok_2a tok_3a "},
      {"tok_1b", 9, "tok_2a tok_3a "},  {"tok_3a", 9, ""},         {"zzz", 9, ""}};
  for (const Case& c : cases) {
    CAPTURE(c.after);
    std::string found;
    std::size_t left = c.most;
    txn.tenant(tenant("a")).each_token_behind(c.after, [&](std::string_view id, const auto&) {
      found.append(id).append(" ");
      return --left > 0;
    });
    CHECK(found == c.found);
  }
  std::string found;
  txn.each_operator_token_behind("tok_x", [&](std::string_view id, const auto&) {
    found.append(id);
    return true;
  });
  CHECK(found == "tok_y");
}

TEST_CASE("links are changed by their tenant's edit alone, and read in order of id, all or one's") {
  Database db;
  db.write(fill_all());
  db.write([](WriteTxn& txn) -> Result<void> {
    txn.edit(tenant("ab")).erase_link(hash_of("lnk_1a"), "lnk_1a");
    txn.edit(tenant("a")).erase_link(hash_of("lnk_1ab"), "lnk_1a");
    CHECK(txn.changes() == 0);
    txn.edit(tenant("a")).put_link(hash_of("lnk_1a"), "lnk_1a", "used");
    txn.edit(tenant("ab")).erase_link(hash_of("lnk_1ab"), "lnk_1ab");
    return {};
  });
  ReadTxn txn = db.reader->begin();
  CHECK(txn.link(hash_of("lnk_1a")) == "used");
  CHECK_FALSE(txn.link(hash_of("lnk_1ab")).has_value());
  CHECK_FALSE(txn.link_hash("lnk_1ab").has_value());
  std::string found;
  const auto note = [&found](std::string_view id, const crypto::Digest&) {
    found.append(id).append(" ");
    return found.size() < 40;
  };
  txn.each_link_behind("lnk_1a_b", note);
  CHECK(found == "lnk_1aa lnk_20a lnk_2a lnk_2a-b lnk_2a.b ");
  found.clear();
  txn.tenant(tenant("a")).each_link_behind("lnk_1a", note);
  CHECK(found == "lnk_2a ");
}

TEST_CASE("an edit of no tenant is a bug") {
  Database db;
  db.write([](WriteTxn& txn) -> Result<void> {
    CHECK_THROWS_AS(txn.edit(TenantId()), std::logic_error);
    return {};
  });
}

TEST_CASE("a reader gives one transaction at a time, each with the state of its beginning") {
  Database db;
  {
    ReadTxn txn = db.reader->begin();
    CHECK_THROWS_AS(db.reader->begin(), std::logic_error);
    db.write(fill_all());
    CHECK_FALSE(txn.tenant(tenant("a")).record().has_value());
  }
  ReadTxn txn = db.reader->begin();
  CHECK(txn.tenant(tenant("a")).record() == "a record");
}

TEST_CASE("meta values are kept by name") {
  Database db;
  db.write([](WriteTxn& txn) -> Result<void> {
    txn.put_meta("root-key", "id");
    return {};
  });
  ReadTxn txn = db.reader->begin();
  CHECK(txn.meta("root-key") == "id");
  CHECK_FALSE(txn.meta("other").has_value());
  CHECK(txn.meta("schema") == std::string_view("\0\0\0\x01", 4));
}

}  // namespace
}  // namespace byok::store

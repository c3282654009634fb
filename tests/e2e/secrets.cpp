// Nothing that byokd writes holds a secret: keys with known random parts go through their whole
// life, then every file and every log line is searched for them.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "common/encoding.hpp"
#include "tests/support/harness/secret_search.hpp"
#include "tests/support/harness/size.hpp"
#include "tests/support/harness/world.hpp"

using namespace byok::testing;
namespace fs = std::filesystem;

namespace {

// All that byokd wrote: its files but for the root key's, and its log.
std::map<std::string, std::string> everything_written(const World& world) {
  std::map<std::string, std::string> texts{{"log", world.byokd.log()}};
  for (const auto& entry : fs::recursive_directory_iterator(world.byokd.folder())) {
    if (entry.is_regular_file() && entry.path() != world.byokd.root_key()) {
      texts[entry.path().filename().string()] = read_file(entry.path());
    }
  }
  return texts;
}

std::string key_body(const std::string& key) { return "{\"apiKey\":\"" + key + "\"}"; }

// A byokd that logs all it can, and the random parts of what was entrusted to it: prefixes and
// masks are no secret.
struct Fixture {
  std::string global = random_part();
  World world{{"log.level=debug"}, {{"ANTHROPIC_API_KEY", "sk-ant-" + global}}};
  SecretSearch search;
  int keys = 0;
  int tokens = 0;

  Fixture() { search.add("the operator's key", global); }

  std::string new_key(const std::string& name) {
    std::string part = random_part();
    search.add(name, part);
    ++keys;
    return part;
  }
  void note_token(const std::string& name, const std::string& token) {
    search.add(name, std::string_view(token).substr(token.find('_') + 1));
    ++tokens;
  }

  // Five keys of one tenant: stored, used, replaced, refused, and deleted of every other one.
  void live(int number) {
    const std::string name = "tenant-" + std::to_string(number);
    CAPTURE(name);
    const Tenant tenant = world.make_tenant(name);
    note_token("the token of " + name, tenant.token);
    note_token("the chat token of " + name, tenant.chat_token);
    const std::string first = "sk-proj-" + new_key("the first key of " + name);
    const std::string second = "sk-proj-" + new_key("the second key of " + name);
    const std::string third = "sk-proj-" + new_key("the third key of " + name);
    const std::string rejected = "sk-proj-bad-" + new_key("the rejected key of " + name);
    const std::string invalid = new_key("the invalid key of " + name);
    Connection connection(world.byokd.tcp());
    auto ask = [&](const char* method, const std::string& target, const std::string& body = "") {
      return connection
          .exchange(
              {.method = method, .target = target, .headers = bearer(tenant.token), .body = body})
          .status;
    };
    const std::string base = "/ai/providers/openai";
    CHECK(ask("PUT", base, key_body(first)) == 200);
    CHECK(ask("POST", "/ai/chat", chat_body("gpt-4o", "hi")) == 200);
    CHECK(ask("POST", "/ai/chat", chat_body("gpt-4o", "hi", true)) == 200);
    CHECK(ask("POST", "/v1/chat/completions", chat_body("gpt-4o", "hi", true)) == 200);
    CHECK(ask("POST", "/v1/messages",
              R"({"model":"claude-sonnet-4-5","max_tokens":5,"messages":[]})") != 401);
    CHECK(ask("GET", "/v1beta/models?key=" + tenant.token) == 422);
    CHECK(ask("POST", base + "/rotate") == 200);
    CHECK(ask("POST", base + "/rotate", key_body(second)) == 200);
    CHECK(ask("PUT", base, key_body(third)) == 200);
    CHECK(ask("POST", base + "/verify") == 200);
    CHECK(ask("GET", "/ai/providers") == 200);
    CHECK(ask("PUT", base + "?verify=true", key_body(rejected)) == 422);
    CHECK(ask("PUT", base, key_body(rejected)) == 200);
    CHECK(ask("POST", "/ai/chat", chat_body("gpt-4o", "hi")) >= 400);
    CHECK(ask("PUT", base, key_body(invalid + " " + invalid)) == 400);
    CHECK(ask("PUT", base, "{\"apiKey\":\"" + invalid) == 400);
    if (number % 2 == 0) CHECK(ask("DELETE", base) == 200);
    if (number % 4 == 0) CHECK(world.admin("DELETE", "/admin/tenants/" + name).status == 200);
  }

  // As many tenants by an import, each with a key and a token.
  void import(int count) {
    std::string lines;
    for (int i = 0; i < count; ++i) {
      const std::string name = "imported-" + std::to_string(i);
      lines += R"({"tenant":")" + name + R"(","provider":"gemini","apiKey":"AQ.)" +
               new_key("the key of " + name) + R"(","token":{"scope":"full"}})" + "\n";
    }
    Response answered =
        call(world.byokd.socket(), {.method = "POST",
                                    .target = "/admin/import",
                                    .headers = {{"Content-Type", "application/x-ndjson"}},
                                    .body = lines});
    CHECK(answered.status == 200);
    constexpr std::string_view mark = "\"token\":\"";
    int answered_tokens = 0;
    for (std::size_t at = 0; (at = answered.body.find(mark, at)) != std::string::npos;) {
      at += mark.size();
      const std::string token = answered.body.substr(at, answered.body.find('"', at) - at);
      note_token("the token of import " + std::to_string(answered_tokens++), token);
      CHECK(world.ask(token, "GET", "/ai/providers").status == 200);
    }
    CHECK(answered_tokens == count);
  }
};

std::size_t occurrences(const SecretSearch& search, const std::string& text) {
  return search.find(text, SIZE_MAX).size();
}

}  // namespace

TEST_CASE("the search finds eight bytes of a secret as they are, in hex and in base64") {
  const std::string secret = random_part();
  SecretSearch search;
  search.add("it", secret);
  const std::string part = secret.substr(5, 8);
  std::string upper = byok::to_hex(part);
  std::transform(upper.begin(), upper.end(), upper.begin(), ::toupper);
  CHECK(occurrences(search, "x" + part + "y") == 1);
  CHECK(occurrences(search, "x" + byok::to_hex(part) + "y") == 1);
  CHECK(occurrences(search, "x" + upper + "y") == 1);
  for (std::size_t shift = 0; shift < 3; ++shift) {
    CAPTURE(shift);
    CHECK(occurrences(search, byok::to_base64(std::string(shift, 'y') + part + "zz")) == 1);
  }
  CHECK(occurrences(search, secret + "|" + secret) == 8);
  CHECK(occurrences(search, part.substr(1)) == 0);
  CHECK(occurrences(search, random_part()) == 0);
}

TEST_CASE("no file and no log line ever holds a part of a key, a token or the root key") {
  Fixture f;
  const int tenants = sized(60, 200);
  for (int i = 0; i < tenants; ++i) f.live(i);
  f.import(tenants);
  CHECK(f.world.admin("POST", "/admin/rotate").status == 200);
  CHECK(f.world.byokd.stop() == 0);
  f.search.add("the root key", read_file(f.world.byokd.root_key()));

  auto texts = everything_written(f.world);
  CHECK(texts["data.mdb"].size() > 0);
  CHECK(texts["log"].size() > 0);
  std::size_t bytes = 0;
  std::size_t hits = 0;
  for (const auto& [file, text] : texts) {
    CAPTURE(file);
    bytes += text.size();
    const std::vector<SecretSearch::Hit> found = f.search.find(text, 10);
    hits += found.size();
    CHECK((found.empty() ? "" : found.front().name) == "");
  }
  MESSAGE(f.keys << " keys and " << f.tokens << " tokens, " << bytes / 1000 << " KB searched in "
                 << texts.size() << " files, " << hits << " hits");
}

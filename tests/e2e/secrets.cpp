// Nothing that byokd writes holds a secret: keys with known random parts go through their whole
// life, then every file and every log line is searched for them.
#include <doctest/doctest.h>

#include <functional>
#include <map>
#include <unordered_map>

#include "common/crypto.hpp"
#include "common/encoding.hpp"
#include "tests/support/harness/world.hpp"

using namespace byok::testing;
namespace fs = std::filesystem;

namespace {

// 32 characters of base 62: eight of them do not meet by chance in what byokd writes.
std::string random_part() {
  std::string out;
  while (out.size() < 32) {
    std::string bytes(8, '\0');
    byok::crypto::random(bytes);
    out += byok::to_base62(byok::get_u64(bytes.data()), 8);
  }
  return out;
}

// Finds any eight bytes of any secret, as they are, in hex, or in base64 at any offset.
class Windows {
 public:
  void add(const std::string& name, const std::string& secret) {
    add_all(name, secret, 8);
    add_all(name, byok::to_hex(secret), 16);
    for (std::size_t shift = 0; shift < 3; ++shift) {
      std::string text = byok::to_base64(std::string(shift, 'x') + secret);
      // Without what depends on the neighbours.
      add_all(name, text.substr(4, text.size() - 8), 11);
    }
  }
  // The name of a secret that `text` holds a part of; empty where it holds none.
  std::string find(std::string_view text) const {
    for (const auto& [size, parts] : parts_) {
      for (std::size_t at = 0; at + size <= text.size(); ++at) {
        auto found = parts.find(text.substr(at, size));
        if (found != parts.end()) return found->second;
      }
    }
    return "";
  }

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  void add_all(const std::string& name, const std::string& text, std::size_t size) {
    for (std::size_t at = 0; at + size <= text.size(); ++at) {
      parts_[size].emplace(text.substr(at, size), name);
    }
  }
  std::map<std::size_t, std::unordered_map<std::string, std::string, Hash, std::equal_to<>>> parts_;
};

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

}  // namespace

TEST_CASE("no file and no log line ever holds a part of a key, a token or the root key") {
  const std::string global = random_part();
  World world({"log.level=debug"}, {{"ANTHROPIC_API_KEY", "sk-ant-" + global}});
  // The random parts alone: prefixes and masks are no secret.
  std::map<std::string, std::string> secrets{{"the operator's key", global}};
  for (int i = 0; i < 20; ++i) {
    const std::string name = "tenant-" + std::to_string(i);
    CAPTURE(name);
    Tenant tenant = world.make_tenant(name);
    secrets["the token of " + name] = tenant.token.substr(5);
    secrets["the chat token of " + name] = tenant.chat_token.substr(9);
    const char* kinds[] = {"first", "second", "rejected", "invalid"};
    std::map<std::string, std::string> keys;
    for (std::string kind : kinds) {
      keys[kind] = random_part();
      secrets[kind + (" key of " + name)] = keys[kind];
    }
    auto ask = [&](const char* method, const std::string& target, const std::string& body = "") {
      return world.ask(tenant.token, method, target, body).status;
    };
    auto body = [](const std::string& key) { return "{\"apiKey\":\"" + key + "\"}"; };
    const std::string base = "/ai/providers/openai";
    CHECK(ask("PUT", base, body("sk-proj-" + keys["first"])) == 200);
    CHECK(ask("POST", "/ai/chat", chat_body("gpt-4o", "hi")) == 200);
    CHECK(ask("POST", "/ai/chat", chat_body("gpt-4o", "hi", true)) == 200);
    CHECK(ask("POST", "/v1/chat/completions", chat_body("gpt-4o", "hi", true)) == 200);
    CHECK(ask("POST", "/v1/messages",
              R"({"model":"claude-sonnet-4-5","max_tokens":5,"messages":[]})") != 401);
    CHECK(ask("GET", "/v1beta/models?key=" + tenant.token) == 422);
    CHECK(ask("POST", base + "/rotate") == 200);
    CHECK(ask("POST", base + "/rotate", body("sk-proj-" + keys["second"])) == 200);
    CHECK(ask("GET", "/ai/providers") == 200);
    CHECK(ask("PUT", base + "?verify=true", body("sk-proj-bad-" + keys["rejected"])) == 422);
    CHECK(ask("PUT", base, body("sk-proj-bad-" + keys["rejected"])) == 200);
    CHECK(ask("POST", "/ai/chat", chat_body("gpt-4o", "hi")) >= 400);
    CHECK(ask("PUT", base, body(keys["invalid"] + " " + keys["invalid"])) == 400);
    CHECK(ask("PUT", base, "{\"apiKey\":\"" + keys["invalid"]) == 400);
    if (i % 2 == 0) CHECK(ask("DELETE", base) == 200);
    if (i % 4 == 0) CHECK(world.admin("DELETE", "/admin/tenants/" + name).status == 200);
  }
  CHECK(world.byokd.stop() == 0);

  Windows windows;
  for (const auto& [name, secret] : secrets) windows.add(name, secret);
  windows.add("the root key", read_file(world.byokd.root_key()));
  // The search finds what is there.
  CHECK(windows.find("x" + global.substr(3, 8) + "y") == "the operator's key");
  CHECK(windows.find(byok::to_base64("abcd" + global)) == "the operator's key");

  auto texts = everything_written(world);
  CHECK(texts["data.mdb"].size() > 0);
  CHECK(texts["log"].size() > 0);
  for (const auto& [file, text] : texts) {
    CAPTURE(file);
    CHECK(windows.find(text) == "");
  }
}

// A byokd that has nothing to do holds no tenant's key and no token in its memory, whatever it was
// asked before. Root alone can look.
#include <doctest/doctest.h>

#include <unistd.h>

#include <map>
#include <thread>

#include "tests/e2e/tls_world.hpp"
#include "tests/support/harness/process_memory.hpp"
#include "tests/support/harness/size.hpp"
#include "tests/support/harness/world.hpp"

using namespace byok::testing;

namespace {

const std::string base = "/ai/providers/openai";

std::string key_body(const std::string& key) { return "{\"apiKey\":\"" + key + "\"}"; }

struct Fixture {
  std::string global = random_part();
  FakeProvider fake{{"valid"}};
  TlsFiles files;
  ClientTls client{files.authority};
  bool over_tls;  // clients and provider alike
  World world;
  SecretSearch search;
  int tenants = 0;
  // Kept open: what lies in the buffers of an idle connection is held, too.
  std::vector<std::unique_ptr<Connection>> kept;

  explicit Fixture(bool tls = false)
      : over_tls(tls),
        world(tls ? files.settings({"provider.openai.base_url=" + fake.tls_base_url("valid"),
                                    "provider.openai.ca_file=" + fake.ca_file()})
                  : std::vector<std::string>{},
              {{"ANTHROPIC_API_KEY", "sk-ant-" + global}}) {}

  Address address() const {
    if (!over_tls) return world.byokd.tcp();
    return {.port = world.byokd.tls_port(), .tls = client.context()};
  }

  std::string new_key(const std::string& prefix, const std::string& name) {
    const std::string part = random_part();
    search.add(name, part);
    return prefix + part;
  }
  // `name` says what is done with its tokens.
  Tenant new_tenant(const std::string& name) {
    Tenant tenant = world.make_tenant("tenant-" + std::to_string(tenants++));
    search.add("full token: " + name, tenant.token.substr(tenant.token.find('_') + 1));
    search.add("chat token: " + name, tenant.chat_token.substr(tenant.chat_token.find('_') + 1));
    return tenant;
  }
  Response on_kept(const Tenant& tenant, const std::string& method, const std::string& target,
                   const std::string& body = "", Headers headers = {}) {
    kept.push_back(std::make_unique<Connection>(address()));
    return kept.back()->exchange({.method = method,
                                  .target = target,
                                  .headers = bearer(tenant.token, std::move(headers)),
                                  .body = body});
  }
  // A second after the last call: what is held for a retry or an answer is gone by then.
  void check_memory() {
    std::this_thread::sleep_for(std::chrono::seconds(1));
    const MemorySearch found = search_memory(world.byokd.pid(), search);
    std::map<std::string, int> places;
    for (const MemoryHit& hit : found.hits) ++places[hit.secret + " in '" + hit.region + "'"];
    for (const auto& [place, count] : places) FAIL_CHECK(count << " parts of the " << place);
    CHECK(found.bytes > 1'000'000);
    MESSAGE(search.secrets() << " keys and tokens, " << found.bytes / 1000
                             << " KB of memory searched: " << found.hits.size() << " copies");
  }
};

// A sanitizer's own memory is terabytes.
bool can_look() { return !sanitized && ::geteuid() == 0; }

}  // namespace

TEST_CASE("whoever is not root, or runs under a sanitizer, is told that memory was not searched") {
  if (!can_look()) MESSAGE("skipped: the memory of byokd, which root alone can read");
}

TEST_CASE("the search finds what is held: the operator's key" * doctest::skip(!can_look())) {
  Fixture f;
  f.search.add("operator's key", f.global);
  CHECK(!search_memory(f.world.byokd.pid(), f.search).hits.empty());
}

TEST_CASE("the root key and the operator's key lie in locked memory alone" *
          doctest::skip(!can_look())) {
  Fixture f;
  f.search.add("operator's key", f.global);
  f.search.add("root key", read_file(f.world.byokd.root_key()));
  Tenant tenant = f.new_tenant("any");
  CHECK(f.on_kept(tenant, "PUT", base, key_body(f.new_key("sk-proj-", "any key"))).status == 200);
  CHECK(f.on_kept(tenant, "POST", "/ai/chat", chat_body("claude-sonnet-4-5", "hi")).status == 200);
  std::this_thread::sleep_for(std::chrono::seconds(1));
  std::map<std::string, int> copies;
  for (const MemoryHit& hit : search_memory(f.world.byokd.pid(), f.search).hits) {
    CAPTURE(hit.secret);
    CAPTURE(hit.region);
    CHECK(hit.locked);
    ++copies[hit.secret];
  }
  CHECK(copies["root key"] > 0);
  CHECK(copies["operator's key"] > 0);
}

// The dynamic linker would put the registers, and what was copied through them, on the stack.
TEST_CASE("byokd runs with its libraries' calls bound" * doctest::skip(!can_look())) {
  World world;
  const std::string environment =
      read_file("/proc/" + std::to_string(world.byokd.pid()) + "/environ");
  CHECK(environment.find("LD_BIND_NOW=1") != std::string::npos);
}

TEST_CASE("an idle byokd holds none of the keys that were stored, used and rotated" *
          doctest::skip(!can_look())) {
  for (const bool tls : {false, true}) {
    CAPTURE(tls);
    Fixture f(tls);
    Tenant stored = f.new_tenant("stored");
    CHECK(f.on_kept(stored, "PUT", base, key_body(f.new_key("sk-proj-", "stored key"))).status ==
          200);
    const std::string verified = key_body(f.new_key("sk-proj-", "verified key"));
    CHECK(f.on_kept(stored, "PUT", base + "?verify=true", verified).status == 200);
    CHECK(f.on_kept(stored, "GET", "/ai/providers").status == 200);

    Tenant used = f.new_tenant("used");
    CHECK(f.on_kept(used, "PUT", base, key_body(f.new_key("sk-proj-", "used key"))).status == 200);
    for (const bool stream : {false, true}) {
      const std::string chat = chat_body("gpt-4o", "hi", stream);
      CHECK(f.on_kept(used, "POST", "/ai/chat", chat).status == 200);
      CHECK(f.on_kept(used, "POST", "/v1/chat/completions", chat).status == 200);
    }
    CHECK(f.on_kept(used, "GET", "/v1/files/size-100000/content").status == 200);
    const std::string large(400'000, 'x');
    CHECK(f.on_kept(used, "POST", "/v1/chat/completions", chat_body("gpt-4o", large)).status ==
          200);
    CHECK(f.on_kept(used, "POST", base + "/verify").status == 200);

    Tenant rotated = f.new_tenant("rotated");
    CHECK(f.on_kept(rotated, "PUT", base, key_body(f.new_key("sk-proj-", "rotated key"))).status ==
          200);
    CHECK(f.on_kept(rotated, "POST", base + "/rotate").status == 200);
    const std::string next = key_body(f.new_key("sk-proj-", "next key"));
    CHECK(f.on_kept(rotated, "POST", base + "/rotate", next).status == 200);
    CHECK(f.world.admin("POST", "/admin/rotate").status == 200);

    Tenant deleted = f.new_tenant("deleted");
    CHECK(f.on_kept(deleted, "PUT", base, key_body(f.new_key("sk-proj-", "deleted key"))).status ==
          200);
    CHECK(f.on_kept(deleted, "POST", "/ai/chat", chat_body("gpt-4o", "hi")).status == 200);
    CHECK(f.on_kept(deleted, "DELETE", base).status == 200);
    f.check_memory();
  }
}

TEST_CASE("an idle byokd holds no key or token that came in an odd way or was refused" *
          doctest::skip(!can_look())) {
  Fixture f;
  Tenant odd = f.new_tenant("odd");
  const std::string bad = "sk-proj-bad-";
  CHECK(f.on_kept(odd, "PUT", base + "?verify=true", key_body(f.new_key(bad, "refused key")))
            .status == 422);
  CHECK(f.on_kept(odd, "PUT", base, key_body(f.new_key(bad, "rejected key"))).status == 200);
  CHECK(f.on_kept(odd, "POST", "/ai/chat", chat_body("gpt-4o", "hi")).status >= 400);
  CHECK(f.on_kept(odd, "PUT", base, key_body(f.new_key("a b", "invalid key"))).status == 400);
  CHECK(
      f.on_kept(odd, "PUT", base, "{\"apiKey\":\"" + f.new_key("", "key of broken JSON")).status ==
      400);
  CHECK(f.on_kept(odd, "PUT", base, "{\"" + f.new_key("", "member name") + "\":1}").status == 400);
  CHECK(f.on_kept(odd, "PUT", base, key_body(f.new_key("sk-\\u0041", "escaped key"))).status ==
        200);
  const std::string long_key = f.new_key("sk-" + std::string(2'000, 'k'), "long key");
  CHECK(f.on_kept(odd, "PUT", base, key_body(long_key)).status == 200);

  // In chunks, and a piece at a time.
  for (const bool chunked : {true, false}) {
    const std::string body =
        key_body(f.new_key("sk-proj-", chunked ? "chunked key" : "key in pieces"));
    Headers headers = bearer(odd.token, {{"Host", "localhost"}});
    headers.push_back(chunked ? Header{"Transfer-Encoding", "chunked"}
                              : Header{"Content-Length", std::to_string(body.size())});
    std::string bytes = format_head("PUT " + base + " HTTP/1.1", headers);
    if (chunked) {
      bytes += format_chunk(body.substr(0, 20)) + format_chunk(body.substr(20)) + format_chunk("");
    } else {
      bytes += body;
    }
    f.kept.push_back(std::make_unique<Connection>(f.world.byokd.tcp()));
    for (std::size_t at = 0; at < bytes.size(); at += 50) {
      f.kept.back()->send_raw(bytes.substr(at, 50));
    }
    CHECK(f.kept.back()->read().status == 200);
  }

  // Where a provider's client puts its credential, and where nobody should.
  Tenant queried = f.new_tenant("in a query");
  f.kept.push_back(std::make_unique<Connection>(f.world.byokd.tcp()));
  f.kept.back()->exchange({.target = "/v1beta/models?key=" + queried.token});
  f.kept.back()->exchange({.target = "/" + f.new_key("", "key in a path")});
  f.kept.back()->exchange(
      {.target = "/health", .headers = {{"X-Key", f.new_key("", "odd header")}}});
  f.check_memory();
}

TEST_CASE("an idle byokd holds nothing of an import, nor of clients that left" *
          doctest::skip(!can_look())) {
  Fixture f;
  std::string lines;
  for (int i = 0; i < 200; ++i) {
    lines += R"({"tenant":"imported-)" + std::to_string(i) + R"(","provider":"gemini","apiKey":")" +
             f.new_key("AQ.", "imported key") + R"(","token":{"scope":"full"}})" + "\n";
  }
  f.kept.push_back(std::make_unique<Connection>(f.world.byokd.socket()));
  Response answered =
      f.kept.back()->exchange({.method = "POST",
                               .target = "/admin/import",
                               .headers = {{"Content-Type", "application/x-ndjson"}},
                               .body = lines});
  CHECK(answered.status == 200);
  constexpr std::string_view mark = "\"token\":\"byok_";
  for (std::size_t at = 0; (at = answered.body.find(mark, at)) != std::string::npos;) {
    at += mark.size();
    f.search.add("imported token", answered.body.substr(at, answered.body.find('"', at) - at));
  }
  CHECK(f.search.secrets() == 400);

  Tenant gone = f.new_tenant("gone");
  CHECK(
      f.on_kept(gone, "PUT", base, key_body(f.new_key("sk-proj-", "key of one who left"))).status ==
      200);
  for (const bool reset : {false, true}) {
    Connection leaving(f.world.byokd.tcp());
    leaving.send({.method = "POST",
                  .target = "/v1/chat/completions",
                  .headers = bearer(gone.token),
                  .body = chat_body("gpt-sse-100000-1", "hi", true)});
    CHECK(leaving.read_head().status == 200);
    if (reset) leaving.stream().reset();
  }
  {
    Connection leaving(f.world.byokd.tcp());
    const std::string body = key_body(f.new_key("sk-proj-", "key that came in half"));
    leaving.send_raw(
        format_head("PUT " + base + " HTTP/1.1",
                    bearer(gone.token, {{"Host", "localhost"}, {"Content-Length", "1000"}})) +
        body);
  }
  f.check_memory();
}

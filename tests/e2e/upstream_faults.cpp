// A provider that is away, slow, rude or wrong: each fault has its answer, in time, and the next
// call is fine.
#include <doctest/doctest.h>

#include "common/encoding.hpp"
#include "tests/support/harness/world.hpp"

using namespace byok::testing;

namespace {

const std::vector<std::string> short_limits = {
    "upstream.first_byte_timeout=1s", "upstream.idle_timeout=1s", "upstream.connect_timeout=1s"};

struct Fixture {
  explicit Fixture(std::vector<std::string> settings = short_limits) : world(std::move(settings)) {
    world.put_key(tenant, "openai", make_key("sk-proj-"));
  }
  World world;
  Tenant tenant = world.make_tenant("acme");

  Response chat(const std::string& path, bool stream = false) {
    return world.ask(tenant.token, "POST", path, chat_body("gpt-4o", "hi", stream));
  }
  void check_recovered() {
    world.fake.forget_script();
    for (std::string path : {"/ai/chat", "/v1/chat/completions"}) CHECK(chat(path).status == 200);
  }
};

std::string raw(const std::string& bytes) {
  return R"([{"raw_base64":")" + byok::to_base64(bytes) + R"(","times":9}])";
}

// A port that nobody listens on.
std::string refusing_url() {
  Fd listener = listen_tcp();
  return "http://127.0.0.1:" + std::to_string(port_of(listener));
}

}  // namespace

TEST_CASE("a fault before the answer is a 502 or 504 on every path") {
  struct Case {
    std::string_view name;
    std::string script;
    int status;
    std::string_view code;  // of /ai/chat
  };
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
  const Case cases[] = {
      {"reset at once", R"([{"reset":true,"times":9}])", 502, "PROVIDER_UNREACHABLE"},
      {"closed at once", R"([{"close":true,"times":9}])", 502, "PROVIDER_UNREACHABLE"},
      {"reset within the head", R"([{"reset_after_bytes":20,"times":9}])", 502, "PROVIDER_ERROR"},
      {"closed within the head", R"([{"close_after_bytes":20,"times":9}])", 502, "PROVIDER_ERROR"},
      {"never answers", R"([{"stall":true,"times":9}])", 504, "PROVIDER_TIMEOUT"},
      {"stops within the head", R"([{"stall_after_bytes":20,"times":9}])", 504, "PROVIDER_TIMEOUT"},
      {"garbage", raw("\x16\x03\x01 hello\r\n\r\n"), 502, "PROVIDER_ERROR"},
      {"an endless head", raw(head + "X: " + std::string(1'000'000, 'x')), 502, "PROVIDER_ERROR"},
      {"two lengths", raw(head + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"), 502,
       "PROVIDER_ERROR"},
      {"length and chunks",
       raw(head + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"),
       502, "PROVIDER_ERROR"},
      {"an unknown coding", raw(head + "Transfer-Encoding: gzip\r\n\r\n{}"), 502,
       "PROVIDER_ERROR"}};
  Fixture f;
  for (const Case& c : cases) {
    CAPTURE(c.name);
    f.world.fake.script(c.script);
    Response own = f.chat("/ai/chat");
    CAPTURE(own.body);
    CHECK(own.status == c.status);
    CHECK(own.text("error") == c.code);
    Response passed = f.chat("/v1/chat/completions");
    CHECK(passed.status == c.status);
    CHECK(passed.text("error/message").size() > 10);
    f.check_recovered();
  }
}

TEST_CASE("a provider that nobody can reach is a 502") {
  Fixture f({"provider.openai.base_url=" + refusing_url()});
  CHECK(f.chat("/ai/chat").text("error") == "PROVIDER_UNREACHABLE");
  CHECK(f.chat("/v1/chat/completions").status == 502);
}

TEST_CASE("what /ai/chat cannot understand is a provider's error") {
  const char* const scripts[] = {
      R"([{"status":200,"headers":{"content-type":"application/json"},"body":"{\"choices\":"}])",
      R"([{"status":200,"headers":{"content-type":"text/html"},"body":"<html>"}])",
      R"([{"status":200,"body":"[]"}])", R"([{"close_after_bytes":300}])"};
  Fixture f;
  for (std::string script : scripts) {
    CAPTURE(script);
    f.world.fake.script(script);
    Response response = f.chat("/ai/chat");
    CHECK(response.status == 502);
    CHECK(response.text("error") == "PROVIDER_ERROR");
    f.check_recovered();
  }
}

TEST_CASE("a stream that breaks off tells so at its end") {
  Fixture f;
  for (std::string script : {R"([{"reset_after_bytes":900}])", R"([{"close_after_bytes":900}])",
                             R"([{"stall_after_bytes":900}])"}) {
    CAPTURE(script);
    f.world.fake.script(script);
    Response own = f.chat("/ai/chat", true);
    CHECK(own.status == 200);
    auto events = events_of(own.body);
    REQUIRE(!events.empty());
    Response last{.body = events.back()};
    CHECK(last.text("error") == "PROVIDER_ERROR");
    CHECK(last.text("requestId") == own.header("x-byok-request-id"));
    CHECK(last.text("done") == "true");
    CHECK(last.text("message").size() > 5);

    // Passed through, the client must see a broken body, not a complete one.
    f.world.fake.script(script);
    CHECK_THROWS_AS(f.chat("/v1/chat/completions", true), ConnectionLost);
    f.check_recovered();
  }
}

TEST_CASE("an answer that comes before a large body was read is not waited for") {
  Fixture f;
  f.world.fake.script(
      R"([{"stop_reading":true,"status":413,"body":{"error":{"message":"too large"}},"times":2}])");
  // More than any socket holds.
  const std::string body = chat_body("gpt-4o", std::string(20'000'000, 'x'));
  Response held = f.world.ask(f.tenant.token, "POST", "/ai/chat", body);
  CHECK(held.status == 400);
  CHECK(held.body.find("too large") != std::string::npos);
  f.check_recovered();
}

TEST_CASE("a body shorter than announced is not passed off as whole") {
  Fixture f;
  f.world.fake.script(raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\":1}"));
  CHECK_THROWS_AS(f.chat("/v1/chat/completions"), ConnectionLost);
  f.check_recovered();
}

TEST_CASE("bytes behind an answer never become the next caller's answer") {
  Fixture f;
  const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
  f.world.fake.script(R"([{"raw_base64":")" + byok::to_base64(answer + answer + answer) + "\"}]");
  CHECK(f.chat("/v1/chat/completions").body == "{}");
  for (int i = 0; i < 4; ++i) {
    CHECK(f.chat("/v1/chat/completions").text("object") == "chat.completion");
  }
}

TEST_CASE("a pooled connection that died is replaced without the client noticing") {
  Fixture f({"workers=1"});
  for (std::string path : {"/ai/chat", "/v1/chat/completions"}) {
    CAPTURE(path);
    CHECK(f.chat(path).status == 200);
    // The provider knows a connection for idle only a moment after its answer has come.
    CHECK(eventually([&] { return f.world.fake.close_idle() > 0; }));
    CHECK(f.chat(path).status == 200);
    // It dies with the request in its hands, before one byte came back.
    f.world.fake.forget_calls();
    f.world.fake.script(R"([{"reset":true}])");
    CHECK(f.chat(path).status == 200);
    CHECK(f.world.fake.calls().size() == 2);
  }
}

TEST_CASE("models are listed without a provider that does not answer") {
  Fixture f(std::vector<std::string>{});
  f.world.put_key(f.tenant, "anthropic", make_key("sk-ant-"));
  f.world.fake.script(R"([{"match":"/v1/models","stall":true}])");
  Response models = f.world.ask(f.tenant.token, "GET", "/ai/models");
  CHECK(models.status == 200);
  CHECK(models.body.find(R"("provider":"anthropic")") != std::string::npos);
  CHECK(models.body.find(R"("provider":"openai")") == std::string::npos);
}

TEST_CASE("connections to a provider are used again") {
  Fixture f({"workers=1"});
  CHECK(f.chat("/v1/chat/completions").status == 200);
  const auto before = f.world.fake.stats().at("acceptedConnections").to_number<int>();
  for (int i = 0; i < 10; ++i) CHECK(f.chat("/v1/chat/completions").status == 200);
  // Asking for the figures takes a connection each time.
  CHECK(f.world.fake.stats().at("acceptedConnections").to_number<int>() == before + 1);
}

TEST_CASE("a provider may think about a body that streamed as long as about any other") {
  Fixture f({"upstream.first_byte_timeout=60s", "upstream.idle_timeout=1s"});
  for (const std::size_t size : {1'000, 700'000}) {
    CAPTURE(size);
    f.world.fake.script(R"([{"delay_ms":2500}])");
    const std::string body = chat_body("gpt-4o", std::string(size, 'x'));
    CHECK(f.world.ask(f.tenant.token, "POST", "/v1/chat/completions", body).status == 200);
  }
}

TEST_CASE("what a provider has begun to answer does not go out once more") {
  Fixture f({"workers=1"});
  CHECK(f.chat("/v1/chat/completions").status == 200);
  f.world.fake.forget_calls();
  f.world.fake.script(raw("HTTP/1.1 103 Early Hints\r\n\r\n"));
  CHECK(f.chat("/v1/chat/completions").status == 502);
  CHECK(f.world.fake.calls().size() == 1);
  f.check_recovered();
}

TEST_CASE("a client that reads no early answer is not waited for once its body is there") {
  Fixture f({"workers=1", "limits.idle_timeout=4s"});
  f.world.fake.script(R"([{"stop_reading":true,"status":200,"body":")" +
                      std::string(12'000'000, 'x') + "\"}]");
  Connection client(f.world.byokd.tcp());
  constexpr std::size_t size = 400'000;
  client.send_raw("POST /v1/files HTTP/1.1\r\nHost: byokd\r\nAuthorization: Bearer " +
                  f.tenant.token + "\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" +
                  std::string(size - 10, 'x'));
  CHECK(client.read_head().status == 200);
  const auto flows = [&f] { return f.world.fake.stats().at("inFlight").as_array(); };
  // Until nobody takes the answer any more, and byokd waits for its client.
  std::int64_t last = -1;
  std::int64_t since = 0;
  CHECK(eventually([&] {
    const auto now = flows().at(0).at("written").to_number<std::int64_t>();
    if (now != last) since = monotonic_us();
    last = now;
    return monotonic_us() - since > 1'000'000;
  }));
  client.send_raw(std::string(10, 'x'));
  CHECK(eventually([&] { return flows().empty(); }));
  f.check_recovered();
}

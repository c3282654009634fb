// The tests' own tools: a fake provider that misbehaved otherwise than it was told, or a client
// that saw otherwise than was sent, would make every other test worthless.
#include <doctest/doctest.h>

#include <signal.h>

#include <boost/json/array.hpp>

#include "tests/support/harness/fake_provider.hpp"
#include "tests/support/harness/process.hpp"
#include "tests/support/wire/digest.hpp"

using namespace byok::testing;

namespace {

const std::string chat =
    R"({"model":"gpt-4o","messages":[{"role":"user","content":"hi"}],"stream":true})";

Request chat_request(const std::string& key = "sk-proj-0123456789") {
  return {.method = "POST",
          .target = "/v1/chat/completions",
          .headers = {{"Authorization", "Bearer " + key}},
          .body = chat};
}

std::size_t ended_by_peer(const FakeProvider& fake) {
  return fake.stats().at("endedByPeer").as_array().size();
}

}  // namespace

TEST_CASE("the fake provider records a call with its key's digest and without the key") {
  FakeProvider fake;
  Response response = call(fake.address(), chat_request("sk-proj-secret"));
  CHECK(response.status == 200);
  CHECK(response.header("x-fake-key-sha256") == sha256_hex("sk-proj-secret"));
  auto calls = fake.calls();
  REQUIRE(calls.size() == 1);
  CHECK(calls[0].key_sha256 == sha256_hex("sk-proj-secret"));
  CHECK(calls[0].body == chat);
  CHECK(calls[0].body_sha256 == sha256_hex(chat));
  CHECK(calls[0].header("authorization") == "Bearer sha256:" + sha256_hex("sk-proj-secret"));
  fake.forget_calls();
  CHECK(fake.calls().empty());
}

TEST_CASE("the fake provider refuses bad, limited, missing and doubled keys") {
  FakeProvider fake;
  CHECK(call(fake.address(), chat_request("sk-proj-bad-0123456789")).status == 401);
  CHECK(call(fake.address(), chat_request("sk-proj-limited-0123456789")).status == 403);
  Request request = chat_request();
  request.headers.push_back({"x-goog-api-key", "AQ.x"});
  CHECK(call(fake.address(), request).status == 401);
  request.headers.clear();
  CHECK(call(fake.address(), request).status == 401);
}

TEST_CASE("scripts are used up in order, by the calls that they match") {
  FakeProvider fake;
  fake.script(R"([{"match":"/v1/models","status":429,"headers":{"retry-after":"3"},"body":"x"},
                  {"status":500,"times":2,"body":{"a":1}}])");
  CHECK(call(fake.address(), chat_request()).body == R"({"a":1})");
  Response limited = call(fake.address(), {.target = "/v1/models"});
  CHECK(limited.status == 429);
  CHECK(limited.header("retry-after") == "3");
  CHECK(call(fake.address(), chat_request()).status == 500);
  CHECK(call(fake.address(), chat_request()).status == 200);
}

TEST_CASE("a script for one key is no other key's, and is forgotten alone") {
  FakeProvider fake;
  const std::string digest = sha256_hex("sk-proj-meant");
  fake.script(R"([{"status":500,"times":9,"key_sha256":")" + digest + R"("},
                  {"status":429,"times":2}])");
  CHECK(call(fake.address(), chat_request("sk-proj-other")).status == 429);
  CHECK(call(fake.address(), chat_request("sk-proj-meant")).status == 500);
  fake.forget_script(digest);
  CHECK(call(fake.address(), chat_request("sk-proj-meant")).status == 429);
  CHECK(call(fake.address(), chat_request("sk-proj-meant")).status == 200);
}

TEST_CASE("scripted ends break the connection off where they say") {
  FakeProvider fake;
  fake.script(R"([{"close":true},{"reset":true},{"close_after_bytes":20},
                  {"reset_after_bytes":500},{"raw_base64":"SFRUUC8xLjEgMjA0IE8NCg0K"}])");
  for (int i = 0; i < 4; ++i) {
    CHECK_THROWS_AS(call(fake.address(), chat_request()), ConnectionLost);
  }
  Connection connection(fake.address());
  CHECK(connection.exchange(chat_request()).first_line == "HTTP/1.1 204 O");
  CHECK(connection.closed_by_server());
}

TEST_CASE("a stream comes piece by piece and its end by the peer is noticed") {
  FakeProvider fake;
  Request request = chat_request();
  request.body = R"({"model":"gpt-sse-1000000-5","stream":true,"messages":[]})";
  {
    Connection connection(fake.address());
    connection.send(request);
    CHECK(connection.read_head().status == 200);
    auto first = connection.read_piece();
    auto second = connection.read_piece();
    REQUIRE((first && second));
    CHECK(second->at_us >= first->at_us);
    CHECK(fake.stats().at("inFlight").as_array().size() == 1);
  }
  CHECK(eventually([&] { return ended_by_peer(fake) == 1; }));
  CHECK(fake.stats().at("inFlight").as_array().empty());

  fake.script(R"([{"stall":true}])");
  {
    Connection connection(fake.address());
    connection.send(chat_request());
    CHECK(!connection.closed_by_server(std::chrono::milliseconds(1)));
  }
  CHECK(eventually([&] { return ended_by_peer(fake) == 2; }));
}

TEST_CASE("idle connections are closed on demand, but for those that have served nothing yet") {
  FakeProvider fake;
  Connection unused(fake.address());
  Connection connection(fake.address());
  CHECK(connection.exchange(chat_request()).status == 200);
  CHECK(eventually([&] { return fake.close_idle() > 0; }));
  CHECK(connection.closed_by_server());
  CHECK(unused.exchange(chat_request()).status == 200);
}

TEST_CASE("large bodies are counted on the way in and reproducible on the way out") {
  FakeProvider fake;
  Request request = chat_request();
  request.target = "/v1/files";
  request.body = pattern(0, 3'000'000);
  Connection connection(fake.address());
  CHECK(connection.exchange(request).text("bodySha256") == sha256_hex(request.body));
  Response content = connection.exchange(
      {.target = "/v1/files/size-3000000/content", .headers = request.headers, .body = ""});
  CHECK(content.body == request.body);
}

TEST_CASE("a process gives its output, its exit code and the signal that ended it") {
  const Environment environment = clean_environment("/");
  Finished echo = run({"sh", "-c", "cat; echo oops >&2; exit 3"}, environment, "in");
  CHECK(echo.code == 3);
  CHECK(echo.out == "in");
  CHECK(echo.err == "oops\n");
  Process sleeper({"sh", "-c", "echo ready >&2; exec sleep 600"}, environment);
  CHECK(sleeper.wait_for_line("ready") == "ready");
  CHECK(!sleeper.wait(std::chrono::milliseconds(1)));
  sleeper.signal(SIGKILL);
  CHECK(sleeper.wait() == -SIGKILL);
  CHECK(!sleeper.wait_for_line("never"));
}

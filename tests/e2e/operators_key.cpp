// What the operator's key does not do for tenants that are served with it, and what it does not
// tell.
#include <doctest/doctest.h>

#include "tests/support/harness/world.hpp"

using namespace byok::testing;

TEST_CASE("the operator's key serves inference and nothing that shows stored data") {
  const std::string global = make_key("sk-global-");
  World world({}, {{"OPENAI_API_KEY", global}});
  Tenant tenant = world.make_tenant("acme");
  Response chat = world.ask(tenant.token, "POST", "/v1/chat/completions", chat_body("gpt-4o", "x"));
  CHECK(chat.status == 200);
  CHECK(chat.header("x-byok-key-source") == "global");
  CHECK(!chat.has("openai-organization"));
  CHECK(world.ask(tenant.token, "GET", "/v1/models").status == 200);
  CHECK(world
            .ask(tenant.token, "POST", "/v1/embeddings",
                 R"({"model":"text-embedding-3-small","input":"x"})")
            .status == 200);
  Response response =
      world.ask(tenant.token, "POST", "/v1/responses", R"({"model":"gpt-4o","input":"x"})");
  CHECK(response.status == 200);
  CHECK(world.fake.calls().back().body.find("\"store\":false") != std::string::npos);

  world.fake.forget_calls();
  struct Case {
    std::string method;
    std::string target;
    std::string body;
  };
  const Case refused[] = {
      {"GET", "/v1/files", ""},
      {"GET", "/v1/files/file-1/content", ""},
      {"POST", "/v1/files", "x"},
      {"POST", "/v1/batches", "{}"},
      {"GET", "/v1/fine_tuning/jobs", ""},
      {"GET", "/v1/responses/resp_1", ""},
      {"GET", "/v1/organization/usage/completions", ""},
      {"POST", "/v1/responses", R"({"model":"gpt-4o","input":"x","previous_response_id":"r"})"},
      {"POST", "/v1/responses", R"({"model":"gpt-4o","input":"x","store":true})"},
      {"POST", "/v1/responses", R"({"model":"gpt-4o","input":"x","background":true})"},
      {"POST", "/v1/responses", R"({"model":"gpt-4o","conversation":"c","input":"x"})"},
      {"POST", "/v1/chat/completions", R"({"model":"ft:gpt-4o:acme","messages":[]})"},
      {"POST", "/v1/chat/completions",
       R"({"model":"gpt-4o","messages":[{"role":"user","content":[{"type":"file","file":{"file_id":"f"}}]}]})"}};
  for (const Case& c : refused) {
    CAPTURE(c.method);
    CAPTURE(c.target);
    CAPTURE(c.body);
    Response answer = world.ask(tenant.token, c.method, c.target, c.body);
    CHECK(answer.status == 403);
    CHECK(answer.text("error/code") == "global_key_not_allowed");
  }
  CHECK(world.fake.calls().empty());
}

TEST_CASE("with the operator's key a body is held to limits.max_body, however it comes") {
  World world({"limits.max_body=64KiB"}, {{"OPENAI_API_KEY", make_key("sk-global-")}});
  Tenant tenant = world.make_tenant("acme");
  const auto status = [&](std::size_t size) {
    return world
        .ask(tenant.token, "POST", "/v1/chat/completions",
             chat_body("gpt-4o", std::string(size, 'x')))
        .status;
  };
  CHECK(status(50'000) == 200);
  const std::size_t calls = world.fake.calls().size();
  for (std::size_t size : {70'000, 200'000, 400'000}) CHECK(status(size) == 413);
  CHECK(world.fake.calls().size() == calls);
}

TEST_CASE("the operator's key serves no tuned model, whose name stands in the path") {
  World world({}, {{"GEMINI_API_KEY", make_key("AQ.")}});
  Tenant tenant = world.make_tenant("acme");
  for (const std::string path : {"/v1/chat/completions", "/ai/chat"}) {
    CAPTURE(path);
    CHECK(world.ask(tenant.token, "POST", path, chat_body("gemini-2.5-flash", "hi")).status == 200);
    world.fake.forget_calls();
    for (const std::string model : {"tunedModels/acme-1", "gemini/tunedModels/acme-1"}) {
      CHECK(world.ask(tenant.token, "POST", path, chat_body(model, "hi")).status == 403);
    }
    CHECK(world.fake.calls().empty());
  }
}

TEST_CASE("a provider's words about the operator's account reach no tenant") {
  World world({}, {{"GEMINI_API_KEY", make_key("AQ.")}});
  Tenant tenant = world.make_tenant("acme");
  const std::string words =
      R"("error":{"code":400,"message":"bad API Key AQ.canary","status":"X"})";
  const std::string answers[] = {
      "{\"status\":400,\"body\":{" + words + "}}", "{\"status\":429,\"body\":{" + words + "}}",
      "{\"status\":401,\"body\":\"<html>canary\"}", "{\"body\":{" + words + "}}"};
  for (const std::string path : {"/v1/chat/completions", "/ai/chat"}) {
    for (const std::string& answer : answers) {
      CAPTURE(path);
      CAPTURE(answer);
      world.fake.script("[" + answer + "]");
      Response response =
          world.ask(tenant.token, "POST", path, chat_body("gemini-2.5-flash", "hi"));
      CHECK(response.status >= 400);
      CHECK(response.body.find("canary") == std::string::npos);
    }
    world.fake.script(
        R"([{"headers":{"content-type":"text/event-stream"},"body":"data: {\"error\":{\"message\":\"bad key canary\"}}\n\n"}])");
    Response stream =
        world.ask(tenant.token, "POST", path, chat_body("gemini-2.5-flash", "hi", true));
    CHECK(stream.body.find("error") != std::string::npos);
    CHECK(stream.body.find("canary") == std::string::npos);
  }
  // In what is passed through, too; but a stream that has begun.
  const std::string passed = "/v1beta/models/gemini-2.5-flash:generateContent";
  const std::string body = R"({"contents":[{"parts":[{"text":"hi"}]}]})";
  for (int i = 0; i < 3; ++i) {
    CAPTURE(i);
    world.fake.script("[" + answers[i] + "]");
    Response response = world.ask(tenant.token, "POST", passed, body);
    CHECK(response.status >= 400);
    CHECK(response.body.find("canary") == std::string::npos);
    CHECK(response.body.find("operator") != std::string::npos);
  }
  // Nor under a coding that nobody asked for: {"error":{"message":"bad API key canary"}}.
  world.fake.script(
      R"([{"status":400,"headers":{"Content-Encoding":"gzip"},"body_base64":")"
      "H4sIAAAAAAACA6tWSi0qyi9SsqpWyk0tLk5MT1WyUkpKTFFwDPBUyE6tVEhOzEssqlSqrQUA7W8pryoAAAA=\"}]");
  Response coded = world.ask(tenant.token, "POST", passed, body);
  CHECK(coded.status == 400);
  CHECK_FALSE(coded.has("content-encoding"));
  CHECK(coded.body.find("operator") != std::string::npos);
  world.fake.script(R"([{"status":400,"body":{"error":{"message":"too many tokens"}}}])");
  CHECK(world.ask(tenant.token, "POST", passed, body).body.find("too many tokens") !=
        std::string::npos);
  // What is about the request itself is told.
  world.fake.script(R"([{"status":400,"body":{"error":{"message":"too many tokens"}}}])");
  CHECK(world.ask(tenant.token, "POST", "/ai/chat", chat_body("gemini-2.5-flash", "hi"))
            .body.find("too many tokens") != std::string::npos);
}

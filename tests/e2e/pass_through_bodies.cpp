// Bodies that pass through byokd in either direction: large, encoded, chunked, absent.
#include <doctest/doctest.h>

#include "common/encoding.hpp"
#include "tests/support/harness/process.hpp"
#include "tests/support/harness/size.hpp"
#include "tests/support/harness/world.hpp"

using namespace byok::testing;

namespace {

struct Fixture {
  explicit Fixture(std::vector<std::string> settings = {}) : world(std::move(settings)) {
    world.put_key(tenant, "openai", make_key("sk-proj-"));
  }
  World world;
  Tenant tenant = world.make_tenant("acme");
};

// What a large download hashes to, made anew from the pattern.
std::string pattern_sha256(std::uint64_t size) {
  Sha256 digest;
  for (std::uint64_t at = 0; at < size; at += 1 << 20) {
    digest.add(pattern(at, static_cast<std::size_t>(std::min<std::uint64_t>(1 << 20, size - at))));
  }
  return digest.finish();
}

}  // namespace

TEST_CASE("an encoded answer keeps its encoding and every byte") {
  Fixture f;
  // Not even gzip: whoever decoded it on the way would fail.
  std::string bytes;
  for (int i = 0; i < 1000; ++i) bytes += static_cast<char>(i * 7);
  for (std::string encoding : {"gzip", "br", "zstd"}) {
    f.world.fake.script(R"([{"status":200,"headers":{"content-encoding":")" +
                        std::string(encoding) + R"("},"body_base64":")" + byok::to_base64(bytes) +
                        "\"}]");
    Response response = f.world.ask(f.tenant.token, "GET", "/v1/models", "",
                                    {{"Accept-Encoding", "gzip, br, zstd"}});
    CHECK(response.header("content-encoding") == encoding);
    CHECK(response.body == bytes);
  }
}

TEST_CASE("an encoded request body passes as it is") {
  Fixture f;
  const std::string bytes("\x1f\x8b\x08\x00 no json \xff\x00", 15);
  CHECK(f.world.ask(f.tenant.token, "POST", "/v1/files", bytes, {{"Content-Encoding", "gzip"}})
            .status == 200);
  CHECK(f.world.fake.calls().back().body == bytes);
  CHECK(f.world.fake.calls().back().header("content-encoding") == "gzip");
}

TEST_CASE("HEAD answers with headers alone and keeps the connection usable") {
  Fixture f;
  Connection connection(f.world.byokd.tcp());
  Headers headers{{"Authorization", "Bearer " + f.tenant.token}};
  Response head =
      connection.exchange({.method = "HEAD", .target = "/v1/models", .headers = headers});
  CHECK(head.status == 200);
  CHECK(head.body.empty());
  Response get = connection.exchange({.target = "/v1/models", .headers = headers});
  CHECK(get.status == 200);
  CHECK(head.header("content-length") == get.header("content-length"));

  // An answer of unknown length has none for HEAD either.
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  f.world.fake.script(R"([{"raw_base64":")" + byok::to_base64(chunked) + R"("}])");
  head = connection.exchange({.method = "HEAD", .target = "/v1/models", .headers = headers});
  CHECK(head.status == 200);
  CHECK_FALSE(head.has("content-length"));
  CHECK(head.header("transfer-encoding") == "chunked");
  f.world.fake.forget_script();
  get = connection.exchange({.target = "/v1/models", .headers = headers});
  CHECK(get.status == 200);
}

TEST_CASE("a chunked upload arrives whole, however it was cut") {
  Fixture f;
  Connection connection(f.world.byokd.tcp());
  const std::string body = pattern(0, 300'000);
  connection.send(
      {.method = "POST",
       .target = "/v1/files",
       .headers = {{"Authorization", "Bearer " + f.tenant.token}, {"Transfer-Encoding", "chunked"}},
       .body = ""});
  std::size_t sizes[] = {1, 2, 3, 1000, 65'536, 100'000};
  for (std::size_t at = 0, i = 0; at < body.size(); ++i) {
    std::size_t size = std::min(sizes[i % 6], body.size() - at);
    connection.send_raw(format_chunk(std::string_view(body).substr(at, size)));
    at += size;
  }
  connection.send_raw("0\r\n\r\n");
  CHECK(connection.read().status == 200);
  CHECK(f.world.fake.calls().back().body_sha256 == sha256_hex(body));
}

TEST_CASE("trailers in a request are refused") {
  Fixture f;
  Connection connection(f.world.byokd.tcp());
  connection.send_raw("POST /v1/files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " +
                      f.tenant.token +
                      "\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n"
                      "Authorization: Bearer x\r\n\r\n");
  CHECK(connection.read().status == 400);
  CHECK(connection.closed_by_server());
}

TEST_CASE("curl's upload with Expect: 100-continue works") {
  Fixture f;
  const std::string file = (f.world.byokd.folder() / "upload").string();
  const std::string body = pattern(0, 3'000'000);
  write_file(file, body);
  Finished finished =
      run({"curl", "-sS", "-X", "POST", "--data-binary", "@" + file, "-H", "Expect: 100-continue",
           "-H", "Authorization: Bearer " + f.tenant.token, "-o", "/dev/null", "-w", "%{http_code}",
           f.world.byokd.url() + "/v1/files"},
          f.world.byokd.environment());
  CHECK(finished.err == "");
  CHECK(finished.out == "200");
  CHECK(f.world.fake.calls().back().body_sha256 == sha256_hex(body));
}

TEST_CASE("bodies larger than what byokd may hold stream through both ways") {
  Fixture f({"limits.max_body=1MiB"});
  constexpr std::uint64_t size = 40'000'000;
  Connection up(f.world.byokd.tcp());
  up.send({.method = "POST",
           .target = "/v1/files",
           .headers = {{"Authorization", "Bearer " + f.tenant.token},
                       {"Content-Length", std::to_string(size)}},
           .body = ""});
  for (std::uint64_t at = 0; at < size; at += 1'000'000) up.send_raw(pattern(at, 1'000'000));
  CHECK(up.read().status == 200);
  SeenCall seen = f.world.fake.calls().back();
  CHECK(seen.body_size == size);
  CHECK(seen.body_sha256 == pattern_sha256(size));

  Connection down(f.world.byokd.tcp());
  down.send({.target = "/v1/files/size-40000000/content",
             .headers = {{"Authorization", "Bearer " + f.tenant.token}},
             .body = ""});
  Response response = down.read_head();
  CHECK(response.header("content-length") == std::to_string(size));
  Sha256 digest;
  while (auto piece = down.read_piece()) digest.add(piece->bytes);
  CHECK(digest.finish() == pattern_sha256(size));
}

TEST_CASE("a body that byokd must hold is limited") {
  Fixture f({"limits.max_body=64KiB"});
  Response response = f.world.ask(f.tenant.token, "POST", "/ai/chat",
                                  chat_body("gpt-4o", std::string(70'000, 'x')));
  CHECK(response.status == 413);
  CHECK(response.text("error") == "BODY_TOO_LARGE");
}

TEST_CASE("a body of some size reaches the provider whole, at its length, or not at all") {
  Fixture f({"limits.max_body=64KiB"});
  f.world.put_key(f.tenant, "anthropic", make_key("sk-ant-"));
  // About as long as byokd gathers before it calls, and what is held to no limit of its own.
  for (std::size_t size : {200'000, 262'144, 262'145, 300'000}) {
    CAPTURE(size);
    std::string body = chat_body("gpt-4o", "");
    body.insert(body.size() - 4, std::string(size - body.size(), 'x'));
    Connection client(f.world.byokd.tcp());
    client.send({.method = "POST",
                 .target = "/v1/chat/completions",
                 .headers = bearer(f.tenant.token, {{"Content-Length", std::to_string(size)}}),
                 .body = ""});
    for (std::size_t at = 0; at < size; at += 70'001) client.send_raw(body.substr(at, 70'001));
    CHECK(client.read().status == 200);
    const SeenCall seen = f.world.fake.calls().back();
    CHECK(seen.header("content-length") == std::to_string(size));
    CHECK(seen.body_sha256 == sha256_hex(body));
  }
  const std::size_t calls = f.world.fake.calls().size();
  // What is translated has to be held.
  CHECK(f.world
            .ask(f.tenant.token, "POST", "/v1/chat/completions",
                 chat_body("claude-sonnet-5", std::string(100'000, 'x')))
            .status == 413);
  Connection leaver(f.world.byokd.tcp());
  leaver.send({.method = "POST",
               .target = "/v1/chat/completions",
               .headers = bearer(f.tenant.token, {{"Content-Length", "200000"}}),
               .body = ""});
  leaver.send_raw(R"({"model":"gpt-4o",)" + std::string(50'000, ' '));
  leaver.stream().finish_writing();
  CHECK(leaver.read().status == 400);
  CHECK(f.world.fake.calls().size() == calls);
}

TEST_CASE("a body that streams is limited where the operator wants it so") {
  Fixture f({"limits.max_stream_body=64KiB"});
  const std::string import_line = R"({"tenant":"imported"})"
                                  "\n";
  struct Case {
    std::string target;
    std::string type;
    bool chunked;
    std::string body;
    int status;
  };
  const std::string small(65'536, 'x');
  const std::string large(65'537, 'x');
  const std::string ndjson = "application/x-ndjson";
  const Case cases[] = {
      {"/v1/files", "", false, small, 200},
      {"/v1/files", "", true, small, 200},
      {"/v1/files", "", false, large, 413},
      {"/v1/files", "", true, large, 413},
      {"/admin/import", ndjson, false, import_line, 200},
      {"/admin/import", ndjson, false, std::string(65'537, '\n'), 413},
      {"/admin/import", ndjson, true, std::string(65'537, '\n'), 413},
  };
  for (const Case& c : cases) {
    CAPTURE(c.target);
    CAPTURE(c.chunked);
    CAPTURE(c.body.size());
    const bool admin = !c.type.empty();
    Connection connection(admin ? f.world.byokd.socket() : f.world.byokd.tcp());
    Headers headers;
    if (admin) headers.emplace_back("Content-Type", c.type);
    if (!admin) headers.emplace_back("Authorization", "Bearer " + f.tenant.token);
    if (c.chunked) headers.emplace_back("Transfer-Encoding", "chunked");
    const std::string body = c.chunked ? format_chunk(c.body) + std::string("0\r\n\r\n") : c.body;
    connection.send(
        {.method = "POST", .target = c.target, .headers = headers, .body = c.chunked ? "" : body});
    if (c.chunked) connection.send_raw(body);
    Response response = connection.read();
    CHECK(response.status == c.status);
    if (c.status == 413) {
      CHECK(response.body.find("limits.max_stream_body") != std::string::npos);
      CHECK(connection.closed_by_server());
    }
  }
  // What is known to be too long is not even begun.
  CHECK(f.world.fake.calls().size() <= 3);
}

TEST_CASE("100 Continue comes before the answer or not at all") {
  Fixture f;
  const auto chunk = [](const std::string& bytes) {
    char size[16];
    std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
    return size + bytes + "\r\n";
  };
  Connection connection(f.world.byokd.socket());
  connection.send_raw(
      "POST /admin/import HTTP/1.1\r\nHost: byokd\r\nContent-Type: application/x-ndjson\r\n"
      "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n" +
      chunk("{\"tenant\":\"one\"}\n"));
  CHECK(connection.read_head().status == 200);
  std::string answers = connection.read_piece().value().bytes;
  connection.send_raw(chunk("{\"tenant\":\"two\"}\n") + "0\r\n\r\n");
  while (auto piece = connection.read_piece()) answers += piece->bytes;
  CHECK(answers.find(R"("line":2)") != std::string::npos);
  CHECK(connection.informational() == 0);
}

TEST_CASE("a body that is only announced takes no memory") {
  Fixture f;
  const long before = f.world.byokd.memory("VmHWM");
  for (int i = 0; i < 3; ++i) {
    Connection connection(f.world.byokd.tcp());
    connection.send_raw("POST /ai/chat HTTP/1.1\r\nHost: byokd\r\nAuthorization: Bearer " +
                        f.tenant.token + "\r\nContent-Length: 33000000\r\n\r\n{");
    connection.stream().finish_writing();
    CHECK(connection.read().status == 400);
  }
  // In KiB.
  if (!sanitized) CHECK(f.world.byokd.memory("VmHWM") - before < 8 * 1024);
}

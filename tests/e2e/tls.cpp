// HTTP over TLS: the same as in the clear, whatever the client's manners.
#include <doctest/doctest.h>
#include <sys/socket.h>

#include <list>

#include "tests/e2e/tls_world.hpp"

using namespace byok::testing;

namespace {

const std::string files_path = "/openai/v1/files";

// Whether the server closes a connection on which nothing is read.
bool is_closed(Stream& stream) { return stream.peer_left(patience); }

Response chat(const TlsWorld& f, const Tenant& tenant, bool stream = false) {
  return call(f.address(), {.method = "POST",
                            .target = "/v1/chat/completions",
                            .headers = bearer(tenant.token),
                            .body = chat_body("gpt-4o", "hi", stream)});
}

struct Fixture : TlsWorld {
  explicit Fixture(std::vector<std::string> more = {}) : TlsWorld(std::move(more)) {
    world.put_key(tenant, "openai", make_key("sk-proj-"));
  }
  Tenant tenant = world.make_tenant("acme");
};

}  // namespace

TEST_CASE("requests over TLS 1.2 and 1.3 are served, older versions are refused") {
  Fixture f;
  struct Case {
    int version;
    bool served;
  };
  for (const Case& c : {Case{TLS1_3_VERSION, true}, Case{TLS1_2_VERSION, true},
                        Case{TLS1_1_VERSION, false}, Case{TLS1_VERSION, false}}) {
    CAPTURE(c.version);
    ClientTls tls(f.files.authority);
    tls.speak(c.version);
    if (!c.served) {
      CHECK_THROWS_AS(Connection(f.address(tls)), ConnectionLost);
      continue;
    }
    Connection connection(f.address(tls));
    CHECK(SSL_version(connection.stream().tls()) == c.version);
    CHECK(SSL_get_cipher_bits(connection.stream().tls(), nullptr) >= 128);
    for (int i = 0; i < 3; ++i) CHECK(connection.exchange({.target = "/health"}).status == 200);
  }
  for (const bool stream : {false, true}) {
    Response answer = chat(f, f.tenant, stream);
    CHECK(answer.status == 200);
    CHECK(answer.body.find(stream ? "[DONE]" : "fake reply") != std::string::npos);
  }
}

TEST_CASE("weak ciphers of TLS 1.2 are refused") {
  Fixture f;
  for (const char* cipher : {"AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA256", "DHE-RSA-AES128-SHA",
                             "ECDHE-ECDSA-AES256-SHA"}) {
    CAPTURE(cipher);
    ClientTls tls(f.files.authority);
    tls.speak(TLS1_2_VERSION);
    REQUIRE(SSL_CTX_set_cipher_list(tls.context(), cipher) == 1);
    CHECK_THROWS_AS(Connection(f.address(tls)), ConnectionLost);
  }
}

TEST_CASE("curl verifies byokd and gets HTTP/1.1, whatever it would rather have") {
  Fixture f;
  const std::vector<std::string> curl{"curl",
                                      "-sS",
                                      "--http2",
                                      "-o",
                                      "/dev/null",
                                      "-w",
                                      "%{http_code} %{http_version} %{ssl_verify_result}"};
  auto ask = [&](std::vector<std::string> more) {
    std::vector<std::string> command = curl;
    command.insert(command.end(), more.begin(), more.end());
    command.push_back(f.url() + "/health");
    return run(command, clean_environment("/nowhere"));
  };
  CHECK(ask({"--cacert", f.files.ca}).out == "200 1.1 0");
  CHECK(ask({"--cacert", f.files.ca, "--tlsv1.2", "--tls-max", "1.2"}).out == "200 1.1 0");
  CHECK(ask({}).code != 0);
}

TEST_CASE("a client that offers other protocols only is told so") {
  Fixture f;
  ClientTls tls(f.files.authority);
  constexpr unsigned char h2[] = {2, 'h', '2'};
  REQUIRE(SSL_CTX_set_alpn_protos(tls.context(), h2, sizeof h2) == 0);
  CHECK_THROWS_WITH(Connection(f.address(tls)), doctest::Contains("no application protocol"));
}

TEST_CASE("sessions are resumed over TLS 1.3, and there are no tickets of TLS 1.2") {
  Fixture f;
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    CAPTURE(version);
    ClientTls tls(f.files.authority);
    tls.speak(version);
    SSL_CTX_set_session_cache_mode(tls.context(), SSL_SESS_CACHE_CLIENT);
    Connection first(f.address(tls));
    CHECK(first.exchange({.target = "/health"}).status == 200);
    byok::Handle<SSL_SESSION, SSL_SESSION_free> session(SSL_get1_session(first.stream().tls()));
    const bool resumable =
        SSL_SESSION_is_resumable(session.get()) == 1 && SSL_SESSION_has_ticket(session.get()) == 1;
    CHECK(resumable == (version == TLS1_3_VERSION));
    if (!resumable) continue;
    CHECK(SSL_SESSION_get_ticket_lifetime_hint(session.get()) <= 3600);
    CHECK(SSL_SESSION_get_max_early_data(session.get()) == 0);
  }
}

TEST_CASE("the gate is as strict over TLS as in the clear") {
  Fixture f;
  for (const std::string request :
       {"GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "GET /health HTTP/1.1\r\n\r\n",
        "GET /health HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
        "POST /ai/chat HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n"
        "\r\n"}) {
    CAPTURE(request);
    Connection connection(f.address());
    connection.send_raw(request + "GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(connection.read().status == 400);
    CHECK(connection.closed_by_server());
    CHECK(connection.stream().ended_in_order());
  }
}

TEST_CASE("requests come in records of any size, several in one, and with new keys in between") {
  Fixture f;
  Connection connection(f.address());
  const std::string request = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
  for (const char byte : request) connection.send_raw({&byte, 1});
  CHECK(connection.read().status == 200);
  connection.send_raw(request + request + request);
  for (int i = 0; i < 3; ++i) CHECK(connection.read().status == 200);
  SSL* ssl = connection.stream().tls();
  for (int i = 0; i < 100; ++i) {
    REQUIRE(SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED) == 1);
    REQUIRE(SSL_do_handshake(ssl) == 1);
  }
  CHECK(connection.exchange({.target = "/health"}).status == 200);
}

TEST_CASE("large bodies pass through both ways, at the pace of the slower side") {
  constexpr std::size_t size = 20'000'000;
  constexpr std::size_t block = 1'000'000;
  Fixture f;
  const std::string whole = pattern(0, size);
  Connection connection(f.address());
  for (const bool chunked : {false, true}) {
    CAPTURE(chunked);
    Headers headers = bearer(f.tenant.token, {{"Host", "localhost"}});
    headers.push_back(chunked ? Header{"Transfer-Encoding", "chunked"}
                              : Header{"Content-Length", std::to_string(size)});
    connection.send_raw(format_head("POST " + files_path + " HTTP/1.1", headers));
    for (std::size_t at = 0; at < size; at += block) {
      const std::string piece = whole.substr(at, block);
      connection.send_raw(chunked ? format_chunk(piece) : piece);
    }
    if (chunked) connection.send_raw(format_chunk(""));
    CHECK(connection.read().status == 200);
    CHECK(f.world.fake.calls().back().body_sha256 == sha256_hex(whole));
  }
  const long before = f.world.byokd.memory("VmHWM");
  connection.send({.target = files_path + "/size-" + std::to_string(size) + "/content",
                   .headers = bearer(f.tenant.token)});
  CHECK(connection.read_head().status == 200);
  // The sender has filled whatever there is to fill by then.
  CHECK(eventually([&] {
    const auto stats = f.world.fake.stats();
    return !stats.at("inFlight").as_array().empty();
  }));
  Sha256 digest;
  while (auto piece = connection.read_piece()) digest.add(piece->bytes);
  CHECK(digest.finish() == sha256_hex(whole));
  MESSAGE("byokd grew by " << f.world.byokd.memory("VmHWM") - before << " KiB");
}

TEST_CASE("a client that stops reading is let go of after idle_timeout") {
  Fixture f({"limits.idle_timeout=500ms"});
  Connection stuck(f.address());
  stuck.send({.target = files_path + "/size-100000000/content", .headers = bearer(f.tenant.token)});
  CHECK(stuck.read_head().status == 200);
  // byokd's end of it stands behind what the client does not take: the provider's tells.
  CHECK(eventually([&] {
    const auto stats = f.world.fake.stats();
    return stats.at("inFlight").as_array().empty();
  }));
  // What it did not get whole does not look whole.
  std::string rest(1 << 20, '\0');
  while (stuck.stream().read_some(rest.data(), rest.size()) > 0) {
  }
  CHECK_FALSE(stuck.stream().ended_in_order());
  CHECK(call(f.address(), {.target = "/health"}).status == 200);
}

TEST_CASE("an end without a word cuts a body short, and nothing of it is kept") {
  Fixture f;
  for (const bool in_order : {false, true}) {
    CAPTURE(in_order);
    Connection connection(f.address());
    connection.send_raw(
        format_head("PUT /ai/providers/anthropic HTTP/1.1",
                    bearer(f.tenant.token, {{"Host", "localhost"}, {"Content-Length", "100"}})) +
        R"({"apiKey":"sk-ant-of-a-body-that-is-cut")");
    if (in_order) {
      connection.stream().finish_writing();
      CHECK(connection.read().status == 400);
    } else {
      // Anybody on the way can have done that: nothing is believed of this connection any more.
      ::shutdown(connection.stream().fd(), SHUT_WR);
      CHECK_THROWS_AS(connection.read(), ConnectionLost);
    }
  }
  Response list = call(f.address(), {.target = "/ai/providers", .headers = bearer(f.tenant.token)});
  CHECK(list.body.find("anthropic") == std::string::npos);
}

TEST_CASE("byokd says where its answers end, and is silent where one is broken off") {
  Fixture f;
  Connection whole(f.address());
  CHECK(whole.exchange({.target = "/health", .headers = {{"Connection", "close"}}}).status == 200);
  CHECK(whole.closed_by_server());
  CHECK(whole.stream().ended_in_order());

  // Without a length HTTP/1.0 tells a whole answer by the connection's end alone.
  f.world.fake.script(R"([{"close_after_bytes":900}])");
  Connection broken(f.address());
  const std::string request_body = chat_body("gpt-sse-1000-1", "hi", true);
  broken.send_raw(
      "POST /v1/chat/completions HTTP/1.0\r\nHost: localhost\r\nAuthorization: Bearer " +
      f.tenant.token + "\r\nContent-Type: application/json\r\nContent-Length: " +
      std::to_string(request_body.size()) + "\r\n\r\n" + request_body);
  CHECK(broken.read_head().status == 200);
  while (broken.read_piece()) {
  }
  CHECK_FALSE(broken.stream().ended_in_order());
}

TEST_CASE("plain HTTP on the port is answered in the clear, and told what to do") {
  Fixture f;
  for (const std::string method : {"GET", "POST", "DELETE", "PATCH", "OPTIONS"}) {
    CAPTURE(method);
    Connection connection(Address{.port = f.world.byokd.tls_port()});
    connection.send({.method = method, .target = "/ai/providers", .headers = {}, .body = ""});
    Response answer = connection.read(method == "HEAD");
    CHECK(answer.status == 400);
    CHECK(answer.text("error") == "BAD_REQUEST");
    CHECK(answer.text("message").find("https://") != std::string::npos);
    CHECK(connection.closed_by_server());
  }
}

TEST_CASE("what is neither TLS nor HTTP is closed, and hinders nobody") {
  Fixture f;
  for (const std::string& bytes :
       {std::string("\x16\x03\x01\xff\xff rubbish"), std::string(100, '\0'),
        std::string("\x80\x2e\x01\x00\x02", 5) + std::string(100, 'x')}) {
    Connection connection(Address{.port = f.world.byokd.tls_port()});
    connection.send_raw(bytes + std::string(20'000, 'x'));
    CHECK(is_closed(connection.stream()));
  }
  CHECK(call(f.address(), {.target = "/health"}).status == 200);
}

TEST_CASE("a handshake that does not come to its end is given up after header_timeout") {
  Fixture f({"limits.header_timeout=300ms"});
  for (const std::string& sent : {std::string(), std::string("\x16\x03\x01\x02\x00\x01\x00", 7)}) {
    Connection connection(Address{.port = f.world.byokd.tls_port()});
    if (!sent.empty()) connection.send_raw(sent);
    CHECK(connection.closed_by_server());
  }
}

TEST_CASE("connections that do not shake hands give way to others at max_connections") {
  Fixture f({"limits.max_connections=4", "workers=1"});
  std::vector<std::unique_ptr<Connection>> silent;
  for (int i = 0; i < 8; ++i) {
    silent.push_back(std::make_unique<Connection>(Address{.port = f.world.byokd.tls_port()}));
  }
  CHECK(call(f.address(), {.target = "/health"}).status == 200);
  CHECK(silent.front()->closed_by_server());
}

TEST_CASE("SIGTERM lets a running answer end over TLS too") {
  Fixture f;
  Connection connection(f.address());
  connection.send({.method = "POST",
                   .target = "/v1/chat/completions",
                   .headers = bearer(f.tenant.token),
                   .body = chat_body("gpt-sse-10-100", "hi", true)});
  CHECK(connection.read_head().status == 200);
  CHECK(connection.read_piece().has_value());
  Connection idle(f.address());
  CHECK(idle.exchange({.target = "/health"}).status == 200);
  Connection in_handshake(Address{.port = f.world.byokd.tls_port()});
  ::kill(f.world.byokd.pid(), SIGTERM);
  std::string rest;
  while (auto piece = connection.read_piece()) rest += piece->bytes;
  CHECK(rest.find("[DONE]") != std::string::npos);
  CHECK(idle.closed_by_server());
  CHECK(idle.stream().ended_in_order());
  CHECK(f.world.byokd.stop() == 0);
}

TEST_CASE("clients that never shake hands push out none that was served") {
  TlsWorld f({"workers=1", "limits.max_connections=20"});
  std::list<Connection> served;
  for (int i = 0; i < 10; ++i) {
    CHECK(served.emplace_back(f.address()).exchange({.target = "/health"}).status == 200);
  }
  std::list<Stream> mute;
  for (int i = 0; i < 60; ++i) mute.push_back(Stream::connect_tcp(f.world.byokd.tls_port()));
  // Those before it have been accepted.
  CHECK(call(f.address(), {.target = "/health"}).status == 200);
  for (Connection& connection : served) {
    CHECK(connection.exchange({.target = "/health"}).status == 200);
  }
}

TEST_CASE("clients that shake hands get in where all others are idle") {
  TlsWorld f({"workers=1", "limits.max_connections=20"});
  std::list<Connection> served;
  for (int i = 0; i < 20; ++i) {
    CHECK(served.emplace_back(f.address()).exchange({.target = "/health"}).status == 200);
  }
  // As one that is slow, and is overtaken by others.
  std::list<Stream> slow;
  for (int i = 0; i < 3; ++i) slow.push_back(Stream::connect_tcp(f.world.byokd.tls_port()));
  CHECK(call(f.address(), {.target = "/health"}).status == 200);
  for (Stream& stream : slow) CHECK_FALSE(stream.peer_left(std::chrono::milliseconds(0)));
}

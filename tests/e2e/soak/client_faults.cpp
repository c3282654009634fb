// Clients that leave, send or read too slowly or not at all, and send what is no request.
#include "tests/e2e/soak/stage.hpp"

namespace byok::testing::soak {
namespace {

struct Client {
  Stage& stage;
  Hand& hand;
  Customer& customer = stage.any_customer(hand);
  std::unique_ptr<Connection> connection = connect(hand.address());

  std::string head(const std::string& method, const std::string& target, std::size_t size) {
    Headers headers = bearer(customer.tenant.token, {{"Host", "localhost"}});
    if (size > 0) headers.push_back({"Content-Length", std::to_string(size)});
    return format_head(method + " " + target + " HTTP/1.1", headers);
  }
  std::string chat(const std::string& model, bool stream = false) {
    const std::string body = chat_body(model, "hi", stream);
    return head("POST", hand.pick(2) == 0 ? "/ai/chat" : "/v1/chat/completions", body.size()) +
           body;
  }
  void send(std::string_view bytes) { connection->send_raw(bytes); }
  void leave() {
    if (hand.pick(2) == 0) connection->stream().reset();
    connection.reset();
  }
  // What byokd answers before it closes the connection.
  void expect_end(int status) {
    const Response response = connection->read();
    expect(response, status, "answered");
    expect(connection->closed_by_server(deadline), response, "not closed");
  }
  // An endless stream of which something has come.
  void begin_stream() {
    send(chat("gpt-sse-1000000-5", true));
    expect(connection->read_head(), 200, "stream");
    connection->read_piece();
  }
};

void leave_in_head(Client c) {
  const std::string bytes = c.chat("gpt-4o");
  c.send(bytes.substr(0, 1 + c.hand.pick(100)));
  c.leave();
}

void leave_in_body(Client c) {
  c.send(c.head("POST", c.hand.pick(2) == 0 ? "/ai/chat" : "/v1/files", 1'000'000) +
         std::string(1 + c.hand.pick(400'000), ' '));
  c.leave();
}

void leave_unanswered(Client c) {
  c.send(c.chat("claude-sse-50-20", true));
  c.leave();
}

void leave_in_stream(Client c) {
  c.begin_stream();
  c.leave();
}

void leave_in_download(Client c) {
  c.send(c.head("GET", "/v1/files/size-50000000/content", 0));
  expect(c.connection->read_head(), 200, "download");
  c.leave();
}

// For longer than byokd waits for room to write.
void never_read(Client c) {
  c.send(c.hand.pick(2) == 0 ? c.chat("gpt-sse-flood", true)
                             : c.head("GET", "/v1/files/size-50000000/content", 0));
  c.stage.run.wait(c.stage.limits.idle + std::chrono::seconds(1));
  c.leave();
}

void read_late(Client c) {
  c.send(c.chat("gpt-sse-20-1", true));
  c.stage.run.wait(milliseconds(500));
  expect(c.connection->read(), 200, "stream");
}

void send_garbage(Client c) {
  const std::string garbage[] = {"\x16\x03\x01\x02 hello\r\n\r\n", "GET /health\r\n\r\n", "\n\n",
                                 "GET /health HTTP/1.1\nHost: x\n\n",
                                 "GET /../x HTTP/1.1\r\nHost: x\r\n\r\n"};
  c.send(garbage[c.hand.pick(std::size(garbage))]);
  c.expect_end(400);
}

void send_two_framings(Client c) {
  c.send(
      "POST /ai/chat HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n"
      "\r\n0\r\n\r\nGET /health HTTP/1.1\r\nHost: x\r\n\r\n");
  c.expect_end(400);
}

void send_long_head(Client c) {
  c.send("GET /health HTTP/1.1\r\nHost: x\r\nX-Long: " + std::string(40'000, 'x'));
  c.expect_end(431);
}

void send_slow_head(Client c) {
  c.send("GET /health HTTP/1.1\r\nHost: x\r\n");
  const auto last = Clock::now() + deadline;
  while (!c.connection->stream().peer_left(milliseconds(200)) && Clock::now() < last) {
    c.send("X-Slow: x\r\n");
  }
  c.expect_end(408);
}

void send_slow_body(Client c) {
  const std::string bytes = c.chat("gpt-4o");
  const std::size_t body = bytes.size() - 60;
  c.send(bytes.substr(0, body));
  for (std::size_t at = body; at < bytes.size(); at += 10) {
    c.stage.run.wait(milliseconds(50));
    c.send(bytes.substr(at, 10));
  }
  expect(c.connection->read(), 200, "a slow body");
}

void stop_in_body(Client c) {
  const std::string bytes = c.chat("gpt-4o");
  c.send(bytes.substr(0, bytes.size() - 1));
  c.expect_end(408);
}

// Whoever says that he sends no more may be gone altogether: byokd answers, or gives the call up.
void half_close(Client c) {
  c.send(c.chat("gpt-4o"));
  c.connection->stream().finish_writing();
  try {
    const Response response = c.connection->read();
    if (response.status != 502) expect(response, 200, "a half-closed connection");
  } catch (const ConnectionLost&) {
  }
}

void half_close_in_body(Client c) {
  const std::string bytes = c.chat("gpt-4o");
  c.send(bytes.substr(0, bytes.size() - 1));
  c.connection->stream().finish_writing();
  c.expect_end(400);
}

void pipeline(Client c) {
  c.send(c.chat("gpt-4o") + c.chat("gpt-4o", true) + c.head("GET", "/ai/providers", 0));
  for (int i = 0; i < 3; ++i) expect(c.connection->read(), 200, "a pipelined request");
}

void pipeline_and_leave(Client c) {
  std::string many;
  for (int i = 0; i < 20; ++i) many += c.chat("gpt-4o");
  c.send(many);
  c.connection->read();
  c.leave();
}

void unknown_token(Client c) {
  c.connection->send({.method = "GET",
                      .target = "/ai/providers",
                      .headers = bearer("byok_" + random_text(40)),
                      .body = {}});
  expect(c.connection->read(), 401, "an unknown token");
}

void open_many(Client c) {
  std::vector<std::unique_ptr<Connection>> many;
  for (int i = 0; i < 50; ++i) many.push_back(connect(c.hand.address()));
  for (const auto& each : many) each->send_raw("GET /health HTTP/1.1\r\n");
  c.leave();
}

Headers ndjson(std::size_t size) {
  return {{"Host", "localhost"},
          {"Content-Type", "application/x-ndjson"},
          {"Content-Length", std::to_string(size)}};
}

void leave_import(Client c) {
  c.connection = connect(c.stage.world.byokd.socket());
  c.send(format_head("POST /admin/import HTTP/1.1", ndjson(100'000)) +
         "{\"tenant\":\"imported-by-half\"}\n{\"tenant\":\"impo");
  c.leave();
}

void leave_operation(Client c) {
  const std::string lines[] = {"GET /admin/backup", "POST /admin/rotate", "POST /admin/compact",
                               "GET /admin/doctor", "GET /admin/audit/verify"};
  c.connection = connect(c.stage.world.byokd.socket());
  c.send(format_head(lines[c.hand.pick(std::size(lines))] + " HTTP/1.1", {{"Host", "localhost"}}));
  c.leave();
}

struct Row {
  const char* name;
  void (*act)(Client);
};
constexpr Row rows[] = {
    {"leaves in the header", leave_in_head},
    {"leaves in the body", leave_in_body},
    {"leaves unanswered", leave_unanswered},
    {"leaves in a stream", leave_in_stream},
    {"leaves in a download", leave_in_download},
    {"never reads", never_read},
    {"reads late", read_late},
    {"sends garbage", send_garbage},
    {"sends two framings", send_two_framings},
    {"sends too long a header", send_long_head},
    {"sends its header too slowly", send_slow_head},
    {"sends its body slowly", send_slow_body},
    {"stops in its body", stop_in_body},
    {"half-closes", half_close},
    {"half-closes in its body", half_close_in_body},
    {"sends ahead", pipeline},
    {"sends ahead and leaves", pipeline_and_leave},
    {"an unknown token", unknown_token},
    {"opens many and leaves", open_many},
    {"leaves in an import", leave_import},
    {"leaves an operator's request", leave_operation},
};

}  // namespace

std::vector<Kind> client_faults(Stage& stage) {
  std::vector<Kind> kinds;
  for (const Row& row : rows) {
    kinds.push_back({row.name, [act = row.act, &stage](Hand& hand) { act({stage, hand}); }});
  }
  return kinds;
}

}  // namespace byok::testing::soak

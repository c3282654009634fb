#include <doctest/doctest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>

#include "common/http_client.hpp"
#include "tests/cli/canned_server.hpp"
#include "tests/cli/full_queue.hpp"

using namespace byok;
using testing::CannedServer;
using testing::Reply;
using On = CannedServer::On;

namespace {

// A descriptor that is readable when `readable`.
FileDescriptor signal_of(bool readable) {
  return FileDescriptor(eventfd(readable ? 1 : 0, EFD_CLOEXEC));
}

}  // namespace

TEST_CASE("an answer is read whole, however it is framed") {
  struct Case {
    std::string_view name;
    Reply reply;
    int status;
    const char* body;
  };
  const Case cases[] = {
      {"by length", {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"}, 200, "hello"},
      {"chunked",
       {"HTTP/1.1 200 OK\r\nTransfer-Encoding: "
        "chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n"},
       200,
       "hello"},
      {"up to the end", {"HTTP/1.1 200 OK\r\n\r\nhello", true}, 200, "hello"},
      {"HTTP/1.0", {"HTTP/1.0 200 OK\r\n\r\nhello", true}, 200, "hello"},
      {"no body", {"HTTP/1.1 204 No Content\r\n\r\n"}, 204, ""},
      {"an error", {"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}"}, 404, "{}"},
      {"after an interim answer",
       {"HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: "
        "5\r\n\r\nhello"},
       200,
       "hello"},
  };
  for (const Case& c : cases) {
    for (On on : {On::unix_socket, On::tcp}) {
      CAPTURE(c.name);
      CannedServer server(on, {c.reply});
      HttpClient client(server.address());
      auto response = client.send({.method = "GET", .target = "/x"});
      REQUIRE(response.has_value());
      CHECK(response->status == c.status);
      CHECK(response->text() == c.body);
    }
  }
}

TEST_CASE("an answer that is none, or not all of one, is an error") {
  struct Case {
    std::string_view name;
    const char* bytes;
  };
  const Case cases[] = {
      {"nothing", ""},
      {"no HTTP", "SSH-2.0-OpenSSH_9.2\r\n\r\n"},
      {"half a head", "HTTP/1.1 200 OK\r\nContent-Le"},
      {"body too short", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello"},
      {"no last chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"},
      {"a broken chunk size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CannedServer server(On::unix_socket, {{c.bytes, true}});
    HttpClient client(server.address());
    auto response = client.send({});
    REQUIRE(response.has_error());
    CHECK(response.error().failure == HttpFailure::broken);
  }
}

TEST_CASE("a request is sent with its headers, its host and its body's length") {
  CannedServer server(On::tcp, {testing::ok("{}")});
  HttpClient client(server.address());
  auto response = client.send({.method = "PUT",
                               .target = "/ai/providers/openai?verify=true",
                               .headers = {{"Authorization", "Bearer t"}},
                               .body = "{\"apiKey\":\"k\"}"});
  REQUIRE(response.has_value());
  CHECK(response->content_type == "application/json");
  CHECK(server.request() ==
        "PUT /ai/providers/openai?verify=true HTTP/1.1\r\nHost: " + server.address().authority() +
            "\r\nAuthorization: Bearer t\r\nContent-Length: 14\r\n\r\n"
            "{\"apiKey\":\"k\"}");
}

TEST_CASE("a line break in a request's head is refused before anything is sent") {
  CannedServer server(On::unix_socket, {testing::ok("{}")});
  HttpClient client(server.address());
  CHECK_THROWS_AS(static_cast<void>(client.send({.headers = {{"A", "b\r\nC: d"}}})),
                  std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(client.send({.target = "/ HTTP/1.1\n"})),
                  std::invalid_argument);
  CHECK(server.connections() == 0);
}

TEST_CASE("a connection is used again while the server keeps it open") {
  CannedServer server(
      On::tcp,
      {testing::ok("1"), testing::ok("2"), {testing::ok("3").bytes, true}, testing::ok("4")});
  HttpClient client(server.address());
  for (const char* body : {"1", "2", "3", "4"}) {
    auto response = client.send({});
    if (!response) {
      // The server's closing may come to light only after the request was written.
      CHECK(response.error().failure == HttpFailure::broken);
      response = client.send({});
    }
    REQUIRE(response.has_value());
    CHECK(response->text() == body);
  }
  CHECK(server.connections() == 2);
}

TEST_CASE("a body's pieces are handed over as they come, and not kept") {
  CannedServer server(On::unix_socket, {testing::events({"a", "b"})});
  HttpClient client(server.address());
  std::string seen;
  auto response = client.send({}, [&](const HttpResponse& head, std::string_view piece) {
    CHECK(head.status == 200);
    CHECK(head.content_type == "text/event-stream");
    seen += piece;
  });
  REQUIRE(response.has_value());
  CHECK(seen == "data: a\n\ndata: b\n\n");
  CHECK(response->body.empty());
}

TEST_CASE("a file is sent chunked, up to its end") {
  testing::TempFolder dir;
  std::string content(200'000, 'x');
  std::string path = dir.write("f", content);
  FILE* file = fopen(path.c_str(), "r");
  CannedServer server(On::unix_socket, {testing::ok("done")});
  HttpClient client(server.address());
  auto response = client.send({.method = "POST", .body_fd = fileno(file)});
  fclose(file);
  REQUIRE(response.has_value());
  CHECK(response->text() == "done");
  std::string request = server.request();
  CHECK(request.find("Content-Length") == std::string::npos);
  CHECK(static_cast<std::size_t>(std::count(request.begin(), request.end(), 'x')) ==
        content.size());
}

TEST_CASE("the answer is read while the body is still being sent") {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  FileDescriptor reading(ends[0]);
  FileDescriptor writing(ends[1]);
  REQUIRE(write(writing.get(), "line\n", 5) == 5);
  // The pipe does not end before the answer has.
  CannedServer server(
      On::unix_socket,
      {{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst", false, true}, testing::ok("never")});
  HttpClient client(server.address());
  auto response = client.send({.method = "POST", .body_fd = reading.get()});
  REQUIRE(response.has_value());
  CHECK(response->text() == "first");
}

TEST_CASE("an early refusal is read though the body is not taken") {
  testing::TempFolder dir;
  std::string path = dir.write("f", std::string(8 << 20, 'x'));
  FILE* file = fopen(path.c_str(), "r");
  CannedServer server(On::unix_socket,
                      {{"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\n{}", false, true},
                       testing::ok("never")});
  HttpClient client(server.address());
  auto response = client.send({.method = "POST", .body_fd = fileno(file)});
  fclose(file);
  REQUIRE(response.has_value());
  CHECK(response->status == 413);
}

TEST_CASE("where nobody listens the failure says so") {
  testing::TempFolder dir;
  HttpClient absent({HttpAddress::Kind::unix_socket, dir / "none", 0});
  auto response = absent.send({});
  REQUIRE(response.has_error());
  CHECK(response.error().failure == HttpFailure::unreachable);
  CHECK(response.error().message == "No such file or directory");

  HttpAddress closed;
  {
    CannedServer server(On::tcp, {});
    closed = server.address();
  }
  HttpClient refused(closed);
  response = refused.send({});
  REQUIRE(response.has_error());
  CHECK(response.error().failure == HttpFailure::unreachable);
  CHECK(response.error().message == "Connection refused");
}

TEST_CASE("a readable descriptor ends a call that waits for its answer") {
  // The reply to a request that never becomes complete does not come.
  CannedServer server(On::unix_socket, {testing::ok("never"), testing::ok("never")});
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  FileDescriptor reading(ends[0]);
  FileDescriptor writing(ends[1]);
  FileDescriptor interrupt = signal_of(true);
  HttpClient client(server.address());
  client.interrupt_by(interrupt.get());
  auto response = client.send({.method = "POST", .body_fd = reading.get()});
  REQUIRE(response.has_error());
  CHECK(response.error().failure == HttpFailure::interrupted);
}

TEST_CASE("a readable descriptor ends a call that waits for room in a full queue") {
  const testing::TempFolder dir;
  const testing::FullQueue queue(dir / "s");
  const HttpAddress address{HttpAddress::Kind::unix_socket, dir / "s", 0};
  const FileDescriptor interrupt = signal_of(true);
  HttpClient interrupted(address);
  interrupted.interrupt_by(interrupt.get());
  auto response = interrupted.send({});
  REQUIRE(response.has_error());
  CHECK(response.error().failure == HttpFailure::interrupted);

  HttpClient patient(address, {.connect = std::chrono::milliseconds(20)});
  response = patient.send({});
  REQUIRE(response.has_error());
  CHECK(response.error().failure == HttpFailure::unreachable);
  CHECK(response.error().message == "it did not answer in time");
}

TEST_CASE("a silent server is given up") {
  // Two requests' worth of length: the server waits for the rest.
  CannedServer server(On::unix_socket, {testing::ok("never")});
  HttpClient client(server.address(), {.silence = std::chrono::milliseconds(20)});
  auto response =
      client.send({.method = "POST", .headers = {{"Content-Length", "99"}}, .body = "x"});
  REQUIRE(response.has_error());
  CHECK(response.error().failure == HttpFailure::timed_out);
}

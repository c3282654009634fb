// A small HTTP client that can also misbehave: raw bytes out, every byte in with the time of its
// arrival.
#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/wire/http.hpp"
#include "tests/support/wire/stream.hpp"

namespace byok::testing {

// Where a server listens: a port of 127.0.0.1, or a Unix socket.
struct Address {
  std::uint16_t port = 0;
  std::string path = {};
  SSL_CTX* tls = nullptr;  // with which the port is spoken to; null: in the clear
};

struct Request {
  std::string method = "GET";
  std::string target = "/";
  Headers headers = {};  // Host and Content-Length are added where they are missing
  std::string body = {};
};

struct Response {
  int status = 0;
  std::string first_line = {};
  Headers headers = {};
  std::string body = {};

  // The header's value, or the empty string.
  std::string header(std::string_view name) const;
  bool has(std::string_view name) const { return find(headers, name) != nullptr; }
  // The body; throws where it is not JSON.
  boost::json::value json() const;
  // A string of the body's object by path, such as "error" or "error/code"; whatever else stands
  // there is given as JSON text, and the empty string where nothing does.
  std::string text(std::string_view path) const;
};

// Part of a body, and when it came (CLOCK_MONOTONIC).
struct Piece {
  std::string bytes;
  std::int64_t at_us;
};

class Connection {
 public:
  explicit Connection(const Address& address);
  Connection(Connection&&) = delete;

  void send(const Request& request);
  void send_raw(std::string_view bytes) { stream_.write(bytes); }
  // Status and headers of the next answer, 1xx answers skipped. Throws ConnectionLost where the
  // peer closes instead.
  Response read_head(bool answers_head = false);
  // The next piece of its body; nothing at its end.
  std::optional<Piece> read_piece();
  // The next answer as a whole.
  Response read(bool answers_head = false);
  // send() and read().
  Response exchange(const Request& request);
  // Whether the server closes the connection, having sent nothing more.
  bool closed_by_server(std::chrono::milliseconds limit = patience);

  Stream& stream() { return stream_; }
  // The informational answers (1xx) that came.
  int informational() const { return informational_; }

 private:
  Stream stream_;
  HttpReader reader_;
  int informational_ = 0;
};

// One request on a connection of its own.
Response call(const Address& address, const Request& request);

}  // namespace byok::testing

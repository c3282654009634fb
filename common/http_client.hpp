// A small HTTP/1.1 client (RFC 9112) for programs that wait for their answers: byok, and tools
// around byokd. One thread, one connection, kept open from one request to the next.
//
// What is sent and received passes through buffers that wipe themselves, so that keys and tokens
// may be among it. Redirects, cookies, compression and proxies are not its business.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/http_connection.hpp"
#include "common/secret.hpp"

namespace byok {

// Views: what they show must live until the answer is there.
struct HttpHeader {
  std::string_view name;
  std::string_view value;  // without line breaks: a value that holds one is refused by a throw
};

// Host, Content-Length and Transfer-Encoding are added where they belong.
struct HttpRequest {
  std::string_view method = "GET";
  std::string_view target = "/";
  std::vector<HttpHeader> headers = {};
  std::string_view body = {};
  // Where it is not -1, a descriptor (a file, a pipe) whose bytes up to its end are the body, sent
  // chunked while the answer is already being read. It stays the caller's.
  int body_fd = -1;
};

struct HttpResponse {
  int status = 0;
  std::string content_type;  // with its parameters; empty where none came
  std::string request_id;    // X-Byok-Request-Id, by which byokd's answers are told from others'
  WipingBuffer body;

  std::string_view text() const { return {body.data(), body.size()}; }
};

// Called with each stretch of an answer's body as it arrives; the view is gone after the call. The
// response has its status and headers, its body stays empty.
using OnPiece = std::function<void(const HttpResponse& response, std::string_view piece)>;

struct HttpTimeouts {
  std::chrono::milliseconds connect{5'000};  // name look-up apart; TLS handshake included
  // Between two signs of life. Longer than byokd waits for a provider's first byte.
  std::chrono::milliseconds silence{360'000};
};

class HttpClient {
 public:
  explicit HttpClient(HttpAddress address, HttpTimeouts timeouts = {});

  // Of the timeouts, that between two signs of life.
  void allow_silence(std::chrono::milliseconds silence) { timeouts_.silence = silence; }
  // Of TLS; from the next connection on.
  void use_tls_files(HttpTlsFiles files) { tls_files_ = std::move(files); }
  // Readable means: give up, with HttpFailure::interrupted. -1, as at first, for none.
  void interrupt_by(int fd) { interrupt_fd_ = fd; }

  // Sends `request` and reads the whole answer, whatever its status. An answer that ends before
  // its time is HttpFailure::broken. After an error the next call connects anew.
  HttpResult<HttpResponse> send(const HttpRequest& request);
  HttpResult<HttpResponse> send(const HttpRequest& request, const OnPiece& on_piece);

  const HttpAddress& address() const { return address_; }

 private:
  HttpResult<HttpResponse> exchange(const HttpRequest& request, const OnPiece* on_piece);

  HttpAddress address_;
  HttpTimeouts timeouts_;
  HttpTlsFiles tls_files_;
  int interrupt_fd_ = -1;
  std::optional<HttpConnection> connection_;  // idle, between two requests
};

}  // namespace byok

// One request and the way to answer it, as the use cases see them: what serves connections
// implements it, so that no use case knows a socket.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "common/error.hpp"
#include "common/http1/message.hpp"
#include "daemon/net/awaitable.hpp"
#include "daemon/service/configuration.hpp"
#include "daemon/service/principal.hpp"
#include "daemon/service/request_ids.hpp"
#include "daemon/service/request_notes.hpp"

namespace byok::service {

class Exchange {
 public:
  virtual ~Exchange() = default;

  http1::RequestHead head;  // views that live as long as the exchange
  Principal principal;
  RequestId id;  // X-Byok-Request-Id, requestId and logId
  // What was in force when the request came, and is for as long as it is served.
  ConfigurationPtr config;
  RequestNotes notes;

  // Where the request comes from: an IP address, or "unix".
  virtual const std::string& peer() const = 0;

  // Lets read_piece() give no more than that many bytes; over them it is Errc::body_too_large.
  virtual void limit_body(std::uint64_t most) = 0;
  // The answer is out: what is still to come of the body has little time left.
  virtual void hurry_body() = 0;
  // The whole body where it has come already; nothing where more is to be read. Lives as long as
  // the exchange.
  virtual std::optional<std::string_view> body_at_hand() = 0;
  // Reads the whole body; likewise. Errc::body_too_large over `limit` bytes, Errc::bad_request
  // where its coding is malformed, Errc::request_timeout where it does not come.
  virtual net::Awaitable<Result<std::string_view>> read_body(std::uint64_t limit) = 0;
  // The next stretch of the body, empty at its end; valid until the next call. Not to be mixed with
  // the two above, but for one body_at_hand() before.
  virtual net::Awaitable<Result<std::string_view>> read_piece() = 0;
  // Whether read_piece() has something to give, or the body's end, without waiting for a client
  // that may wait for an answer itself.
  virtual bool has_piece() const = 0;

  // Each of these answers false where the client has gone. `fields` are whole header lines, each
  // ended by CRLF, without those that frame the message. A body on HEAD is not sent.
  virtual net::Awaitable<bool> answer(int status, std::string_view fields,
                                      std::string_view body) = 0;
  // An answer by stretches, the first of which may be at hand; `length` of all, where known.
  virtual net::Awaitable<bool> begin(int status, std::string_view fields,
                                     std::optional<std::uint64_t> length,
                                     std::string_view first) = 0;
  virtual net::Awaitable<bool> write(std::string_view piece) = 0;
  virtual net::Awaitable<bool> end() = 0;
  // Breaks off an answer that was begun, so that the client can tell.
  virtual void abort() = 0;
  virtual bool begun() const = 0;

  // Watches, from here on, whether the client is still there. `gone` is called once, on this
  // thread, when it is not. Where more than this request has come, or its body is still to be read,
  // only a connection that is reset, or closed both ways, is seen. Empty to disarm.
  virtual void on_client_gone(std::function<void()> gone) = 0;
};

// Holds the request's body to `most` bytes, where there is such a limit, however it is read.
// Errc::body_too_large where its announced length is over that.
inline Result<void> limit_stream(Exchange& exchange, const std::optional<std::uint64_t>& most) {
  if (!most) return {};
  if (exchange.head.content_length.value_or(0) > *most) {
    return Error{Errc::body_too_large, "the body is over limits.max_stream_body: send less"};
  }
  exchange.limit_body(*most);
  return {};
}

// Watches for the client's leaving for as long as it lives.
class ClientWatch {
 public:
  ClientWatch(Exchange& exchange, std::function<void()> gone) : exchange_(exchange) {
    exchange_.on_client_gone(std::move(gone));
  }
  ~ClientWatch() { exchange_.on_client_gone(nullptr); }
  ClientWatch(const ClientWatch&) = delete;
  ClientWatch& operator=(const ClientWatch&) = delete;

 private:
  Exchange& exchange_;
};

}  // namespace byok::service

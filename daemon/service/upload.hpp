// The rest of a request's body on its way to the provider, beside whatever answers meanwhile.
#pragma once

#include <optional>
#include <string_view>

#include "common/error.hpp"
#include "daemon/net/waiting.hpp"
#include "daemon/service/exchange.hpp"
#include "daemon/upstream/call.hpp"

namespace byok::service {

class Upload {
 public:
  // Both outlive this. `chunked`: in the chunked coding, as the head has told.
  Upload(Exchange& exchange, upstream::Call& call, bool chunked)
      : exchange_(exchange), call_(call), chunked_(chunked) {}

  // Begins; wait() before this goes.
  void start();
  bool running() const { return running_; }
  // The client's body broke off, and the call with it.
  bool failed() const { return error_.has_value(); }
  const Error& error() const { return *error_; }

  // Waits until it reads no more of the client's body.
  net::Awaitable<void> wait();

 private:
  net::Awaitable<void> run();
  net::Awaitable<void> relay();
  void fail(Error error);
  net::Awaitable<Result<void>> send(std::string_view piece);

  Exchange& exchange_;
  upstream::Call& call_;
  bool chunked_;
  bool running_ = false;
  bool closed_ = false;
  std::optional<Error> error_;
  net::Signal done_;
};

}  // namespace byok::service

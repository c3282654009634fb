// The rest of a request's body on its way to the provider, beside whatever answers meanwhile.
#pragma once

#include <optional>
#include <string_view>

#include "common/error.hpp"
#include "daemon/net/waiting.hpp"
#include "daemon/providers/body_scan.hpp"
#include "daemon/service/relay.hpp"

namespace byok::service {

class Upload {
 public:
  // `relay` outlives this. `chunked`: in the chunked coding, as the head has told.
  Upload(Relay& relay, bool chunked) : relay_(relay), chunked_(chunked) {}

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
  net::Awaitable<void> relay_body();
  void look_for_model(std::string_view piece);
  void fail(Error error);
  net::Awaitable<Result<void>> send(std::string_view piece);

  Relay& relay_;
  bool chunked_;
  providers::BodyScan scan_;
  bool running_ = false;
  bool closed_ = false;
  std::optional<Error> error_;
  net::Signal done_;
};

}  // namespace byok::service

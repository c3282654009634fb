// One exchange with a provider: the request goes out, the answer comes in by stretches. Deadlines,
// the connection's return to the pool and its death are handled here.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string_view>

#include "common/error.hpp"
#include "common/http1/chunked.hpp"
#include "common/http1/message.hpp"
#include "common/secret.hpp"
#include "daemon/upstream/pool.hpp"

namespace byok::upstream {

// Writes the head of a request anew, credential included, or tells why it cannot.
using MakeHead = std::function<Result<SecretText>()>;

class Call final : private Pool::User {
 public:
  // Keeps to the limits that the pool has now.
  Call(Pool& pool, const Target& target);
  // Closes the connection unless the exchange came to its end.
  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  // Sends `head`, a complete request head that bears the credential, and `body` behind it, which
  // outlives the call. `head` is wiped once it is written. `wants_body` is false for HEAD. Of a
  // large body that is whole the rest may go while the answer is waited for: a provider may answer
  // before it has read it.
  net::Awaitable<Result<void>> send(SecretText head, std::string_view body, bool body_is_whole,
                                    bool wants_body);
  // Sends more of a body that did not come whole; body_sent() tells that all of it went.
  net::Awaitable<Result<void>> send_more(std::string_view first, std::string_view second = {},
                                         std::string_view third = {});
  void body_sent();

  // Waits for the answer's head (interim 1xx ones are read over). What it gives lasts until the
  // caller awaits anything, and its views until the body is looked at. `again`, which outlives the
  // wait, serves the one retry that is safe: where a pooled connection died before a byte came
  // back, and the whole body was at hand (`body_is_whole`).
  net::Awaitable<Result<const http1::ResponseHead*>> answer_head(const MakeHead& again);

  // The next stretch of the answer's body, decoded; empty at its end. Valid until the next call.
  // Errc::provider_error where the answer breaks off or is malformed.
  net::Awaitable<Result<std::string_view>> read_piece();
  // Whether all of the body has been handed out, so that nothing more will come.
  bool ended() const { return ended_; }
  // What is at hand of the body already, as read_piece() would give it, without waiting.
  Result<std::string_view> piece_at_hand();

  // The caller is done with the last stretch that it was given: after the last one of all, the
  // connection goes back to the pool. Called by read_piece() where that finds the end.
  void finish();

  // Ends the exchange from elsewhere on the same thread: every waiting call fails, one that waits
  // for its connection too.
  void cancel() override;

 private:
  net::Awaitable<Result<void>> transmit(SecretText head);
  net::Awaitable<Result<void>> connect_and_transmit(SecretText head);
  net::Awaitable<Result<void>> finish_transmit(SecretText head,
                                               net::Awaitable<net::error_code> writing);
  Result<void> transmitted(net::error_code ec);
  void transmit_beside(const SecretText& head);
  Result<const http1::ResponseHead*> look_for_head();
  net::Awaitable<Result<void>> resend(const MakeHead& again);
  Result<void> check_retry() const;
  [[gnu::cold]] Error broken(std::string_view what) const;
  void begin_body(const http1::ResponseHead& head);

  Pool& pool_;
  const Target& target_;
  const Limits limits_;
  std::shared_ptr<net::Channel> channel_;
  std::stop_source connecting_{std::nostopstate};
  std::string_view request_body_;
  std::shared_ptr<bool> transmitting_;  // the rest of it, beside this
  http1::ChunkedDecoder chunks_{http1::ChunkedDecoder::Trailers::drop};
  std::uint64_t left_ = 0;      // of a body of known length
  std::size_t handed_out_ = 0;  // bytes of the receive buffer that the caller still looks at
  std::size_t searched_ = 0;    // of it, for the end of the answer's head
  bool pooled_ = false;         // the connection came from the pool
  bool resendable_ = false;
  bool uploading_ = false;  // the request's body is still on its way
  bool wants_body_ = true;
  bool chunked_ = false;
  bool keep_alive_ = false;
  bool until_close_ = false;
  bool ended_ = false;
  bool has_head_ = false;  // of the answer
  bool cancelled_ = false;
};

}  // namespace byok::upstream

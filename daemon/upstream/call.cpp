#include "daemon/upstream/call.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>

#include "daemon/upstream/response_head.hpp"

namespace byok::upstream {
namespace {

using net::Awaitable;
using net::error_code;

constexpr std::size_t relay_capacity = 64 * 1024;
// A socket takes that much at once.
constexpr std::size_t small_body = 16 * 1024;
constexpr std::string_view left_before = "was not asked, because the client left";

// Owns what it sends, since the call may end before.
Awaitable<void> send_rest(std::shared_ptr<net::Channel> channel, SecretText head, WipingBuffer body,
                          std::shared_ptr<bool> transmitting) {
  try {
    error_code ec;
    if (!head.reveal().empty()) ec = co_await channel->write(head.reveal());
    head = SecretText();
    if (!ec) ec = co_await channel->write(std::string_view(body.data(), body.size()));
    // What went wrong with it is told by the read of the answer.
    *transmitting = static_cast<bool>(ec);
  } catch (const std::exception&) {
    channel->close();
  }
}

}  // namespace

Call::Call(Pool& pool, const Target& target)
    : pool_(pool), target_(target), limits_(pool.limits()) {
  pool.join(*this);
}

Call::~Call() {
  if (channel_) channel_->close();
}

void Call::cancel() {
  cancelled_ = true;
  connecting_.request_stop();
  if (channel_) channel_->close();
}

Error Call::broken(std::string_view what) const {
  if (channel_ && channel_->timed_out()) {
    return {Errc::provider_timeout, target_.host + " did not answer in time: try again"};
  }
  return {Errc::provider_error, target_.host + " " + std::string(what) + ": try again"};
}

Awaitable<Result<void>> Call::send(SecretText head, std::string_view body, bool body_is_whole,
                                   bool wants_body) {
  if (cancelled_) return broken(left_before);
  request_body_ = body;
  resendable_ = body_is_whole;
  uploading_ = !body_is_whole;
  wants_body_ = wants_body;
  channel_ = pool_.take(target_);
  pooled_ = channel_ != nullptr;
  if (!pooled_) return connect_and_transmit(std::move(head));
  return transmit(std::move(head));
}

Awaitable<Result<void>> Call::connect_and_transmit(SecretText head) {
  connecting_ = std::stop_source();
  auto connected = co_await pool_.connect(target_, connecting_.get_token());
  if (cancelled_) co_return broken(left_before);
  if (!connected) co_return connected.error();
  channel_ = std::move(*connected);
  co_return co_await transmit(std::move(head));
}

Awaitable<Result<void>> Call::transmit(SecretText head) {
  if (resendable_ && request_body_.size() > small_body) {
    transmit_beside(head);
    return Result<void>();
  }
  auto writing = channel_->write(head.reveal(), request_body_);
  if (writing.await_ready()) return transmitted(writing.await_resume());
  return finish_transmit(std::move(head), std::move(writing));
}

Awaitable<Result<void>> Call::finish_transmit(SecretText head, Awaitable<error_code> writing) {
  channel_->deadline().set(limits_.idle_timeout);
  error_code ec = co_await writing;
  head = SecretText();
  co_return transmitted(ec);
}

void Call::transmit_beside(const SecretText& head) {
  transmitting_.reset();  // of a connection that is given up
  const std::size_t sent = channel_->write_at_once(head.reveal(), request_body_);
  const std::string_view head_left = head.reveal().substr(std::min(sent, head.reveal().size()));
  const std::string_view body_left =
      request_body_.substr(sent - (head.reveal().size() - head_left.size()));
  if (body_left.empty()) return;
  SecretText head_rest(head_left.size());
  head_rest.append(head_left);
  WipingBuffer body_rest(body_left.size());
  body_left.copy(body_rest.data(), body_rest.size());
  transmitting_ = std::make_shared<bool>(true);
  net::spawn(send_rest(channel_, std::move(head_rest), std::move(body_rest), transmitting_));
}

// A failed write is not the end: an answer may have come before the connection went.
Result<void> Call::transmitted(error_code ec) {
  if (ec && channel_->timed_out()) return broken("");
  return {};
}

Awaitable<Result<void>> Call::send_more(std::string_view first, std::string_view second,
                                        std::string_view third) {
  // The answer may end, and let go of the connection, while this waits.
  std::shared_ptr<net::Channel> channel = channel_;
  if (!channel) co_return broken("has answered already");
  channel->deadline().set(limits_.idle_timeout);
  error_code ec = co_await channel->write(first, second, third);
  if (ec) co_return broken("closed the connection");
  co_return Result<void>();
}

void Call::body_sent() {
  uploading_ = false;
  // From here on the provider thinks, for which it has longer than for taking a piece.
  if (channel_ && !has_head_) channel_->deadline().set(limits_.first_byte_timeout);
}

Awaitable<Result<const http1::ResponseHead*>> Call::answer_head(const MakeHead& again) {
  channel_->deadline().set(limits_.first_byte_timeout);
  for (;;) {
    Result<const http1::ResponseHead*> head = look_for_head();
    if (!head || *head) co_return head;
    error_code ec = co_await channel_->receive(max_answer_head);
    if (!ec) continue;
    Result<void> resent = co_await resend(again);
    if (!resent) co_return resent.error();
  }
}

// Null where no final answer's head has come yet; passes over interim ones.
Result<const http1::ResponseHead*> Call::look_for_head() {
  http1::ResponseHead& head = pool_.response_head();
  for (;;) {
    HeadState state = parse_response_head(channel_->received(), searched_, head);
    if (state == HeadState::malformed) return broken("sent an answer that is not HTTP/1.1");
    if (state == HeadState::incomplete) break;
    if (head.status == 101) return broken("switched protocols unasked");
    if (head.status >= 200) {
      begin_body(head);
      return &head;
    }
    channel_->consume(head.size);
    searched_ = 0;
    // It has seen the request, which must not go out once more.
    pooled_ = false;
  }
  searched_ = channel_->received().size();
  return nullptr;
}

// A pooled connection that the provider closed while the request was on its way, without a byte:
// the request has not been seen, and goes out once more.
Awaitable<Result<void>> Call::resend(const MakeHead& again) {
  Result<void> may = check_retry();
  if (!may) co_return may;
  channel_->close();
  channel_.reset();
  pooled_ = false;
  Result<SecretText> head = again();
  if (!head) co_return head.error();
  Result<void> sent = co_await connect_and_transmit(std::move(*head));
  if (sent) channel_->deadline().set(limits_.first_byte_timeout);
  co_return sent;
}

Result<void> Call::check_retry() const {
  if (!channel_->received().empty() || channel_->timed_out()) {
    return broken("broke off its answer's head");
  }
  if (pooled_ && resendable_ && !cancelled_) return {};
  return Error{Errc::provider_unreachable,
               target_.host + " closed the connection before it answered: try again"};
}

void Call::begin_body(const http1::ResponseHead& head) {
  has_head_ = true;
  handed_out_ = head.size;
  chunked_ = head.chunked;
  keep_alive_ = head.keep_alive;
  if (!wants_body_ || head.status == 204 || head.status == 304) {
    ended_ = true;
  } else if (!chunked_) {
    until_close_ = !head.content_length;
    left_ = head.content_length.value_or(0);
    ended_ = !until_close_ && left_ == 0;
  }
}

void Call::finish() {
  if (!channel_ || !ended_) return;
  channel_->consume(handed_out_);
  handed_out_ = 0;
  const bool transmitting = uploading_ || (transmitting_ && *transmitting_);
  bool reusable = keep_alive_ && !until_close_ && !transmitting && channel_->is_open();
  channel_->deadline().clear();
  std::shared_ptr<net::Channel> channel = std::move(channel_);
  if (reusable) {
    pool_.give_back(target_, std::move(channel));
  } else {
    channel->close();
  }
}

Result<std::string_view> Call::piece_at_hand() {
  channel_->consume(handed_out_);
  handed_out_ = 0;
  std::string_view received = channel_->received();
  if (ended_ || received.empty()) return std::string_view();
  if (!chunked_) {
    std::size_t size = received.size();
    if (!until_close_) {
      size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, size));
      left_ -= size;
      ended_ = left_ == 0;
    }
    handed_out_ = size;
    return received.substr(0, size);
  }
  // Stretches between chunk headers are moved together, so that a read becomes one stretch however
  // finely the provider chunked it.
  char* begin = const_cast<char*>(received.data());
  std::size_t size = 0;
  while (!received.empty() && !ended_) {
    auto step = chunks_.decode(received);
    if (step.outcome == http1::ChunkedDecoder::Outcome::malformed) {
      return broken("sent a malformed chunk");
    }
    std::copy(step.payload.begin(), step.payload.end(), begin + size);
    size += step.payload.size();
    handed_out_ += step.consumed;
    received.remove_prefix(step.consumed);
    ended_ = step.outcome == http1::ChunkedDecoder::Outcome::done;
  }
  return std::string_view(begin, size);
}

Awaitable<Result<std::string_view>> Call::read_piece() {
  for (;;) {
    if (ended_) {
      finish();
      co_return std::string_view();
    }
    if (!channel_) co_return broken("was left");
    Result<std::string_view> piece = piece_at_hand();
    if (!piece || !piece->empty()) co_return piece;
    if (ended_) continue;
    channel_->deadline().set(limits_.idle_timeout);
    error_code ec = co_await channel_->receive(relay_capacity);
    if (!ec) continue;
    if (ec == net::asio::error::eof && until_close_) {
      ended_ = true;
      continue;
    }
    co_return broken("broke its answer off");
  }
}

}  // namespace byok::upstream

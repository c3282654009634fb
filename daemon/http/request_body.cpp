#include "daemon/http/request_body.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace byok::http {

using net::Awaitable;
using Outcome = http1::ChunkedDecoder::Outcome;

namespace {

Error too_large(std::uint64_t limit) {
  return {
      Errc::body_too_large,
      fmt::format("the body is longer than the {} bytes that are taken here: send less", limit)};
}

}  // namespace

void RequestBody::start(const http1::RequestHead& head) {
  idle_timeout_ = usual_timeout_;
  min_rate_ = usual_rate_;
  waited_ = {};
  waited_for_ = 0;
  length_ = head.content_length;
  chunked_ = head.chunked;
  done_ = !head.has_body();
  broken_ = false;
  // Whoever has sent some of it waits for nothing (RFC 9110 section 10.1.1).
  continue_due_ = head.expect_continue && !done_ && channel_.received().size() == head.size;
  taken_ = head.size;
  left_ = head.content_length.value_or(0);
  given_ = 0;
  limit_ = std::numeric_limits<std::uint64_t>::max();
  chunks_ = http1::ChunkedDecoder(http1::ChunkedDecoder::Trailers::refuse);
  rest_of_piece_ = {};
}

void RequestBody::hurry(net::Milliseconds left) {
  idle_timeout_ = left;
  if (!done_) channel_.deadline().set(left);
}

bool RequestBody::is_last_received() const {
  return done_ && rest_of_piece_.empty() && channel_.received().size() == taken_;
}

void RequestBody::finish() {
  channel_.consume(taken_);
  taken_ = 0;
  waited_for_ = 0;
  if (!rest_of_piece_.empty()) channel_.put_back(rest_of_piece_);
  rest_of_piece_ = {};
  WipingBuffer().swap(whole_);
  WipingBuffer().swap(piece_);
}

Error RequestBody::fail(Errc code, std::string_view message) {
  broken_ = true;
  return {code, std::string(message)};
}

std::optional<std::string_view> RequestBody::at_hand() {
  if (done_) return std::string_view(whole_.data(), whole_.size());
  std::string_view received = channel_.received().substr(taken_);
  if (!chunked_) {
    if (received.size() < left_) return std::nullopt;
    done_ = true;
    taken_ += static_cast<std::size_t>(left_);
    return received.substr(0, static_cast<std::size_t>(left_));
  }
  // Decoded by a decoder of its own: what is not complete, or malformed, is left for next().
  http1::ChunkedDecoder decoder(http1::ChunkedDecoder::Trailers::refuse);
  WipingBuffer whole;
  std::size_t at = 0;
  while (at < received.size() && !decoder.done()) {
    auto step = decoder.decode(received.substr(at));
    if (step.outcome == Outcome::malformed) return std::nullopt;
    whole.insert(whole.end(), step.payload.begin(), step.payload.end());
    at += step.consumed;
  }
  if (!decoder.done() || whole.size() > limit_) return std::nullopt;
  whole_ = std::move(whole);
  done_ = true;
  taken_ += at;
  return std::string_view(whole_.data(), whole_.size());
}

Awaitable<Result<std::string_view>> RequestBody::read(std::uint64_t limit) {
  if (length_.value_or(0) > limit) return too_large(limit);
  auto body = at_hand();
  if (!body && length_) return read_rest_of_length();
  if (!body) return read_rest(limit);
  if (body->size() > limit) return too_large(limit);
  return *body;
}

Awaitable<Result<std::string_view>> RequestBody::read_rest(std::uint64_t limit) {
  WipingBuffer whole;
  for (;;) {
    Result<std::string_view> piece = co_await next();
    if (!piece) co_return piece.error();
    if (piece->empty()) break;
    if (whole.size() + piece->size() > limit) co_return too_large(limit);
    whole.insert(whole.end(), piece->begin(), piece->end());
  }
  whole_ = std::move(whole);
  co_return std::string_view(whole_.data(), whole_.size());
}

// Into the place where it stays. That grows as bytes come: whoever only announces many must not
// have them all reserved and wiped.
Awaitable<Result<std::string_view>> RequestBody::read_rest_of_length() {
  constexpr std::size_t first_room = 256 * 1024;
  constexpr std::size_t growth = 4;
  if (broken_) co_return fail(Errc::bad_request, "the body broke off: send it again");
  const auto size_of_all = static_cast<std::size_t>(left_);
  WipingBuffer whole(std::min(size_of_all, first_room));
  const std::string_view received = channel_.received().substr(taken_);
  std::size_t at = received.copy(whole.data(), whole.size());
  taken_ += at;
  while (at < size_of_all) {
    if (at == whole.size()) whole.resize(std::min(size_of_all, whole.size() * growth));
    Result<std::size_t> size =
        co_await read_past(net::asio::buffer(whole.data() + at, whole.size() - at));
    if (!size) co_return size.error();
    at += *size;
  }
  left_ = 0;
  done_ = true;
  whole_ = std::move(whole);
  co_return std::string_view(whole_.data(), whole_.size());
}

Awaitable<Result<std::string_view>> RequestBody::next() {
  if (broken_) co_return fail(Errc::bad_request, "the body broke off: send it again");
  if (done_) co_return std::string_view();
  // Not with ?:, whose awaited temporaries g++ 12 destroys twice.
  Result<std::string_view> piece = std::string_view();
  if (chunked_) {
    piece = co_await next_chunked();
  } else {
    piece = co_await next_of_length();
  }
  if (!piece) co_return piece;
  given_ += piece->size();
  if (given_ > limit_) {
    co_return fail(Errc::body_too_large, "the body is over limits.max_stream_body: send less");
  }
  co_return piece;
}

bool RequestBody::has_next() const {
  if (done_ || channel_.has_unread()) return true;
  std::string_view rest = channel_.received().substr(taken_);
  if (rest.empty()) rest = rest_of_piece_;
  if (!chunked_) return !rest.empty();
  // The line's end behind a chunk is nothing to give; decoded by a copy, to see what follows it.
  http1::ChunkedDecoder ahead = chunks_;
  while (!rest.empty()) {
    auto step = ahead.decode(rest);
    rest.remove_prefix(step.consumed);
    if (step.outcome != Outcome::more || !step.payload.empty()) return true;
  }
  return false;
}

Awaitable<Result<std::string_view>> RequestBody::next_of_length() {
  std::string_view piece = channel_.received().substr(taken_);
  piece = piece.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, piece.size())));
  if (piece.empty()) {
    Result<std::size_t> size = co_await read_more(left_);
    if (!size) co_return size.error();
    piece = std::string_view(piece_.data(), *size);
  } else {
    taken_ += piece.size();
  }
  left_ -= piece.size();
  done_ = left_ == 0;
  co_return piece;
}

Awaitable<Result<std::string_view>> RequestBody::next_chunked() {
  while (!done_) {
    std::string_view received = channel_.received().substr(taken_);
    if (received.empty() && rest_of_piece_.empty()) {
      Result<std::size_t> size = co_await read_more(piece_.max_size());
      if (!size) co_return size.error();
      rest_of_piece_ = std::string_view(piece_.data(), *size);
    }
    std::size_t before = received.size();
    Result<std::string_view> payload = decode(received.empty() ? rest_of_piece_ : received);
    taken_ += before - received.size();
    if (!payload || !payload->empty()) co_return payload;
  }
  co_return std::string_view();
}

// The next payload inside `input`, which is moved past it; empty where there is none yet.
Result<std::string_view> RequestBody::decode(std::string_view& input) {
  while (!input.empty()) {
    auto step = chunks_.decode(input);
    input.remove_prefix(step.consumed);
    if (step.outcome == Outcome::malformed) {
      return fail(Errc::bad_request, "the body's chunked coding is malformed, or has trailers");
    }
    done_ = step.outcome == Outcome::done;
    if (done_ || !step.payload.empty()) return step.payload;
  }
  return std::string_view();
}

// Reads up to `most` bytes past the receive buffer, into piece_.
Awaitable<Result<std::size_t>> RequestBody::read_more(std::uint64_t most) {
  constexpr std::size_t capacity = 64 * 1024;
  if (piece_.empty()) piece_.resize(capacity);
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(most, capacity));
  return read_past(net::asio::buffer(piece_.data(), size));
}

// How long to wait for the next byte. Time in which nobody reads, because a provider takes the body
// slowly, is not the client's.
net::Milliseconds RequestBody::patience() const {
  if (!min_rate_) return idle_timeout_;
  const net::Milliseconds allowed =
      usual_timeout_ + net::Milliseconds(waited_for_ * 1'000 / *min_rate_);
  return std::clamp(allowed - waited_, net::Milliseconds::zero(), idle_timeout_);
}

Awaitable<Result<std::size_t>> RequestBody::read_past(net::asio::mutable_buffer into) {
  const net::Clock::time_point begin = net::Clock::now();
  channel_.deadline().set(patience());
  if (std::exchange(continue_due_, false) &&
      co_await channel_.write("HTTP/1.1 100 Continue\r\n\r\n")) {
    co_return fail(Errc::bad_request, "the connection broke off");
  }
  net::Transferred got = co_await channel_.read_into(into);
  channel_.deadline().clear();
  const net::Clock::duration waited = net::Clock::now() - begin;
  waited_ += std::chrono::duration_cast<net::Milliseconds>(waited);
  all_waited_ += waited;
  waited_for_ += got.size;
  if (!got.error) co_return got.size;
  if (channel_.timed_out()) {
    co_return fail(
        Errc::request_timeout,
        "the body did not come in time (limits.idle_timeout, limits.min_body_rate): send "
        "it again, faster");
  }
  co_return fail(Errc::bad_request, "the body broke off: send it again");
}

}  // namespace byok::http

#include "daemon/http/connection.hpp"

#include <fmt/format.h>

#include <boost/asio/error.hpp>
#include <charconv>
#include <iterator>

#include "daemon/http/gate.hpp"
#include "daemon/http/reply.hpp"
#include "daemon/http/status.hpp"

namespace byok::http {

using net::Awaitable;
using net::error_code;

namespace {

constexpr net::Milliseconds linger_time{2'000};

void append_number(std::string& out, std::uint64_t number) {
  char digits[20];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

}  // namespace

Connection::Connection(service::Worker& worker, std::shared_ptr<net::Channel> channel,
                       bool operator_peer, const ConnectionLimits& limits)
    : worker_(worker),
      channel_(std::move(channel)),
      operator_peer_(operator_peer),
      limits_(limits) {}

Awaitable<void> Connection::run(Serve serve, const std::function<void(bool)>& between) {
  for (bool open = true; open;) {
    between(true);
    waiting_ = true;
    bool come = co_await read_head();
    waiting_ = false;
    between(false);
    if (!come) break;
    start_request();
    served_ = true;
    co_await serve(worker_, *this);
    open = co_await settle();
  }
  channel_->on_hangup(nullptr);
  channel_->close();
}

void Connection::drain() {
  draining_ = true;
  if (!waiting_ || !channel_->received().empty()) return;
  if (served_) {
    channel_->close();
  } else {
    channel_->deadline().set(linger_time);
  }
}

Awaitable<bool> Connection::read_head() {
  bool begun_to_come = !channel_->received().empty();
  channel_->deadline().set(begun_to_come ? limits_.header_timeout : limits_.idle_timeout);
  for (std::size_t searched = 0;;) {
    std::string_view received = channel_->received();
    if (!received.empty()) {
      Inspection look = inspect(received, searched, head);
      if (look.verdict == Verdict::accepted) break;
      if (look.verdict == Verdict::refused) co_return co_await refuse(look.code, look.reason);
      searched = received.size();
      if (!begun_to_come) channel_->deadline().set(limits_.header_timeout);
      begun_to_come = true;
    } else if (draining_) {
      if (served_) co_return false;
      channel_->deadline().set(linger_time);
    }
    if (co_await channel_->receive(max_head_size)) {
      if (!channel_->timed_out() || !begun_to_come) co_return false;
      co_return co_await refuse(Errc::request_timeout,
                                "the request's header did not come in time: send it again");
    }
  }
  channel_->deadline().clear();
  co_return true;
}

// Answers what is no request, and gives the connection up.
Awaitable<bool> Connection::refuse(Errc code, std::string_view reason) {
  head.fields.clear();
  head.method = {};
  head.minor_version = 1;
  head.keep_alive = false;
  id = worker_.request_ids.next();
  close_after_ = true;
  Reply reply = error_reply({code, std::string(reason)}, id.view());
  if (co_await answer(reply.status, reply.fields, reply.body)) co_await linger();
  co_return false;
}

void Connection::start_request() {
  taken_ = head.size;
  body_left_ = head.content_length.value_or(0);
  chunks_ = http1::ChunkedDecoder(http1::ChunkedDecoder::Trailers::refuse);
  body_done_ = !head.has_body();
  body_broken_ = false;
  continue_due_ = head.expect_continue && !body_done_;
  rest_of_piece_ = {};
  begun_ = answered_ = chunked_answer_ = false;
  close_after_ = !head.keep_alive;
  id = worker_.request_ids.next();
}

// Makes ready for the next request; false where there can be none.
Awaitable<bool> Connection::settle() {
  channel_->on_hangup(nullptr);
  channel_->deadline().clear();
  if (!channel_->is_open() || (begun_ && !answered_)) co_return false;
  bool unread = !body_done_ || body_broken_;
  if (unread || close_after_ || !answered_) {
    if (unread && answered_) co_await linger();
    co_return false;
  }
  channel_->consume(taken_);
  taken_ = 0;
  if (!rest_of_piece_.empty()) channel_->put_back(rest_of_piece_);
  rest_of_piece_ = {};
  WipingBuffer().swap(body_);
  WipingBuffer().swap(piece_);
  co_return true;
}

// Lets the client read the answer before the connection goes: closing with bytes unread would reset
// it, and the client would lose what it has not read yet.
Awaitable<void> Connection::linger() {
  error_code ignored;
  channel_->stream().socket().shutdown(net::Socket::shutdown_send, ignored);
  channel_->consume(channel_->received().size());
  channel_->deadline().set(linger_time);
  while (!co_await channel_->receive(max_head_size)) {
    channel_->consume(channel_->received().size());
  }
}

std::optional<std::string_view> Connection::body_at_hand() {
  if (body_done_) return std::string_view(body_.data(), body_.size());
  std::string_view received = channel_->received().substr(taken_);
  if (!head.chunked) {
    if (received.size() < body_left_) return std::nullopt;
    body_done_ = true;
    taken_ += static_cast<std::size_t>(body_left_);
    return received.substr(0, static_cast<std::size_t>(body_left_));
  }
  // Decoded by a decoder of its own first: what is not complete is left for read_piece().
  http1::ChunkedDecoder decoder(http1::ChunkedDecoder::Trailers::refuse);
  WipingBuffer whole;
  std::size_t at = 0;
  while (at < received.size() && !decoder.done()) {
    auto step = decoder.decode(received.substr(at));
    if (step.outcome == http1::ChunkedDecoder::Outcome::malformed) return std::nullopt;
    whole.insert(whole.end(), step.payload.begin(), step.payload.end());
    at += step.consumed;
  }
  if (!decoder.done()) return std::nullopt;
  body_ = std::move(whole);
  body_done_ = true;
  taken_ += at;
  return std::string_view(body_.data(), body_.size());
}

Awaitable<Result<std::string_view>> Connection::read_body(std::uint64_t limit) {
  Error too_large{Errc::body_too_large, "the body is over limits.max_body: send less"};
  if (head.content_length.value_or(0) > limit) co_return too_large;
  if (auto at_hand = body_at_hand()) {
    if (at_hand->size() > limit) co_return too_large;
    co_return *at_hand;
  }
  WipingBuffer whole;
  if (head.content_length) whole.reserve(static_cast<std::size_t>(*head.content_length));
  for (;;) {
    Result<std::string_view> piece = co_await read_piece();
    if (!piece) co_return piece.error();
    if (piece->empty()) break;
    if (whole.size() + piece->size() > limit) co_return too_large;
    whole.insert(whole.end(), piece->begin(), piece->end());
  }
  body_ = std::move(whole);
  co_return std::string_view(body_.data(), body_.size());
}

// Reads up to `most` bytes past the receive buffer, into piece_.
Awaitable<Result<std::size_t>> Connection::read_more(std::uint64_t most) {
  constexpr std::size_t capacity = 64 * 1024;
  if (piece_.empty()) piece_.resize(capacity);
  channel_->deadline().set(limits_.idle_timeout);
  if (std::exchange(continue_due_, false)) {
    if (co_await channel_->write("HTTP/1.1 100 Continue\r\n\r\n")) {
      body_broken_ = true;
      co_return Error{Errc::bad_request, "the connection broke off"};
    }
  }
  std::size_t size = static_cast<std::size_t>(std::min<std::uint64_t>(most, capacity));
  auto [ec, count] = co_await channel_->read_into(net::asio::buffer(piece_.data(), size));
  channel_->deadline().clear();
  if (!ec) co_return count;
  body_broken_ = true;
  if (channel_->timed_out()) {
    co_return Error{Errc::request_timeout, "the body did not come in time: send it again"};
  }
  co_return Error{Errc::bad_request, "the body broke off: send it again"};
}

// The next payload inside `input`, which is moved past it; empty where there is none yet.
Result<std::string_view> Connection::decode(std::string_view& input) {
  while (!input.empty()) {
    auto step = chunks_.decode(input);
    input.remove_prefix(step.consumed);
    if (step.outcome == http1::ChunkedDecoder::Outcome::malformed) {
      body_broken_ = true;
      return Error{Errc::bad_request, "the body's chunked coding is malformed, or has trailers"};
    }
    if (step.outcome == http1::ChunkedDecoder::Outcome::done) {
      body_done_ = true;
      break;
    }
    if (!step.payload.empty()) return step.payload;
  }
  return std::string_view();
}

Awaitable<Result<std::string_view>> Connection::read_piece() {
  while (!body_done_) {
    if (body_broken_) co_return Error{Errc::bad_request, "the body broke off: send it again"};
    std::string_view received = channel_->received().substr(taken_);
    if (!head.chunked) {
      std::string_view piece = received.substr(
          0, static_cast<std::size_t>(std::min<std::uint64_t>(body_left_, received.size())));
      if (piece.empty()) {
        Result<std::size_t> size = co_await read_more(body_left_);
        if (!size) co_return size.error();
        piece = std::string_view(piece_.data(), *size);
      } else {
        taken_ += piece.size();
      }
      body_left_ -= piece.size();
      body_done_ = body_left_ == 0;
      co_return piece;
    }
    if (received.empty() && rest_of_piece_.empty()) {
      Result<std::size_t> size = co_await read_more(~std::uint64_t{0});
      if (!size) co_return size.error();
      rest_of_piece_ = std::string_view(piece_.data(), *size);
    }
    std::string_view& input = received.empty() ? rest_of_piece_ : received;
    std::size_t before = received.size();
    Result<std::string_view> payload = decode(input);
    taken_ += before - received.size();
    if (!payload || !payload->empty()) co_return payload;
  }
  co_return std::string_view();
}

void Connection::write_head(int status, std::string_view fields) {
  begun_ = true;
  close_after_ = close_after_ || draining_ || body_broken_ || !body_done_;
  out_.assign("HTTP/1.1 ");
  append_number(out_, static_cast<std::uint64_t>(status));
  out_.append(" ").append(reason_phrase(status)).append("\r\n").append(fields);
  out_.append("X-Byok-Request-Id: ").append(id.view()).append("\r\n");
  if (close_after_) out_ += "Connection: close\r\n";
}

Awaitable<bool> Connection::send(std::string_view first, std::string_view second,
                                 std::string_view third) {
  channel_->deadline().set(limits_.idle_timeout);
  error_code ec = co_await channel_->write(first, second, third);
  channel_->deadline().clear();
  if (ec) channel_->close();
  co_return !ec;
}

Awaitable<bool> Connection::answer(int status, std::string_view fields, std::string_view body) {
  write_head(status, fields);
  bool bodiless = status == 204 || status == 304;
  if (!bodiless) {
    out_ += "Content-Length: ";
    append_number(out_, body.size());
    out_ += "\r\n";
  }
  out_ += "\r\n";
  if (bodiless || head.method == "HEAD") body = {};
  answered_ = co_await send(out_, body);
  co_return answered_;
}

Awaitable<bool> Connection::begin(int status, std::string_view fields,
                                  std::optional<std::uint64_t> length, std::string_view first) {
  write_head(status, fields);
  chunked_answer_ = !length && head.minor_version == 1;
  answer_left_ = length.value_or(0);
  if (length) {
    out_ += "Content-Length: ";
    append_number(out_, *length);
    out_ += "\r\n";
  } else if (chunked_answer_) {
    out_ += "Transfer-Encoding: chunked\r\n";
  } else if (!close_after_) {
    // HTTP/1.0 knows no other end of a body of unknown length.
    close_after_ = true;
    out_ += "Connection: close\r\n";
  }
  out_ += "\r\n";
  if (first.empty()) co_return co_await send(out_);
  if (!chunked_answer_) co_return co_await send(out_, first);
  fmt::format_to(std::back_inserter(out_), "{:x}\r\n", first.size());
  co_return co_await send(out_, first, "\r\n");
}

Awaitable<bool> Connection::write(std::string_view piece) {
  if (!chunked_answer_) co_return co_await send(piece);
  char size[20];
  auto end_of_size = fmt::format_to(size, "{:x}\r\n", piece.size());
  co_return co_await send(std::string_view(size, static_cast<std::size_t>(end_of_size - size)),
                          piece, "\r\n");
}

Awaitable<bool> Connection::end() {
  answered_ = chunked_answer_ ? co_await send("0\r\n\r\n") : channel_->is_open();
  co_return answered_;
}

void Connection::abort() { channel_->close(); }

void Connection::on_client_gone(std::function<void()> gone) {
  channel_->on_hangup(std::move(gone));
  // Only behind a whole message: what comes next must not be taken for more of it.
  if (body_done_ && rest_of_piece_.empty() && channel_->received().size() == taken_) {
    channel_->read_ahead();
  }
}

}  // namespace byok::http

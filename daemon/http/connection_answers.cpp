// How a connection writes its answers.
#include <charconv>

#include "daemon/http/connection.hpp"
#include "daemon/http/status.hpp"

namespace byok::http {

using net::Awaitable;
using net::error_code;

namespace {

// A socket takes about that much whatever its client does, and a piece that is relayed fits, with
// the lines of its chunk.
constexpr std::size_t largest_stretch = 66 * 1024;

void append_number(std::string& out, std::uint64_t number) {
  char digits[20];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

constexpr std::size_t longest_chunk_line = 18;

// The line before a chunk's data (RFC 9112 section 7.1).
void append_chunk_size(std::string& out, std::size_t size) {
  char digits[20];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, size, 16).ptr).append("\r\n");
}

}  // namespace

void Connection::write_head(int status, std::string_view fields) {
  begun_ = true;
  body_.answer_begins();
  status_ = status;
  close_after_ = close_after_ || draining_ || body_.broken() || !body_.done();
  out_.assign("HTTP/1.1 ");
  append_number(out_, static_cast<std::uint64_t>(status));
  out_.append(" ").append(reason_phrase(status)).append("\r\n").append(fields);
  append_cross_origin(out_, cross_origin);
  out_.append("X-Byok-Request-Id: ").append(id.view()).append("\r\n");
  if (close_after_) out_ += "Connection: close\r\n";
}

Awaitable<bool> Connection::send(Part part, std::string_view first, std::string_view second,
                                 std::string_view third) {
  if (first.size() + second.size() + third.size() <= largest_stretch) {
    return send_stretch(part, first, second, third);
  }
  return send_by_stretches(part, {first, second, third});
}

Awaitable<bool> Connection::send_by_stretches(Part part, Pieces rest) {
  for (;;) {
    Pieces stretch;
    std::size_t room = largest_stretch;
    bool all = true;
    for (std::size_t i = 0; i < rest.size(); ++i) {
      stretch[i] = rest[i].substr(0, room);
      rest[i].remove_prefix(stretch[i].size());
      room -= stretch[i].size();
      all = all && rest[i].empty();
    }
    const Part which = all ? part : Part::not_last;
    const bool sent = co_await send_stretch(which, stretch[0], stretch[1], stretch[2]);
    if (!sent || all) co_return sent;
  }
}

Awaitable<bool> Connection::send_stretch(Part part, std::string_view first, std::string_view second,
                                         std::string_view third) {
  sent_bytes_ += first.size() + second.size() + third.size();
  // Whoever has the whole answer may ask the next thing at once, and another worker.
  if (part == Part::last) admission.reset();
  Awaitable<error_code> writing = channel_->write(first, second, third);
  if (writing.await_ready()) return sent(part, writing.await_resume());
  return wait_until_sent(part, std::move(writing));
}

Awaitable<bool> Connection::wait_until_sent(Part part, Awaitable<error_code> writing) {
  channel_->expect_taking(limits().idle_timeout);
  const auto begin = net::Clock::now();
  error_code ec = co_await writing;
  notes.client += net::Clock::now() - begin;
  channel_->expect_no_taking();
  co_return sent(part, ec);
}

bool Connection::sent(Part part, error_code ec) {
  if (ec) channel_->close();
  answered_ = part == Part::last && !ec;
  return !ec;
}

// Whatever length its head tells of (RFC 9110 section 6.4.1).
bool Connection::has_no_body(int status) const {
  return status == 204 || status == 304 || head.method == "HEAD";
}

// How a piece of the body stands to an answer of known length.
Connection::Part Connection::part_with(std::string_view piece) {
  if (!left_) return Part::not_last;
  *left_ -= piece.size();
  return *left_ == 0 ? Part::last : Part::not_last;
}

Awaitable<bool> Connection::answer(int status, std::string_view fields, std::string_view body) {
  write_head(status, fields);
  if (status != 204 && status != 304) {
    out_ += "Content-Length: ";
    append_number(out_, body.size());
    out_ += "\r\n";
  }
  out_ += "\r\n";
  if (has_no_body(status)) body = {};
  return send(Part::last, out_, body);
}

Awaitable<bool> Connection::begin(int status, std::string_view fields,
                                  std::optional<std::uint64_t> length, std::string_view first) {
  write_head(status, fields);
  chunked_answer_ = !length && head.minor_version == 1;
  left_ = length;
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
  if (has_no_body(status)) {
    chunked_answer_ = false;
    left_ = 0;
  }
  if (first.empty() || !chunked_answer_) return send(part_with(first), out_, first);
  append_chunk_size(out_, first.size());
  return send(Part::not_last, out_, first, "\r\n");
}

Awaitable<bool> Connection::write(std::string_view piece) {
  if (!chunked_answer_) return send(part_with(piece), piece);
  // The head is out; a stream may last for long, and needs no room for another.
  if (out_.size() > longest_chunk_line) std::string().swap(out_);
  out_.clear();
  append_chunk_size(out_, piece.size());
  return send(Part::not_last, out_, piece, "\r\n");
}

Awaitable<bool> Connection::end() {
  if (chunked_answer_) return send(Part::last, "0\r\n\r\n");
  return sent(Part::last, {});
}

}  // namespace byok::http

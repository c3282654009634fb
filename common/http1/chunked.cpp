#include "common/http1/chunked.hpp"

#include <algorithm>

#include "common/http1/characters.hpp"

namespace byok::http1 {
namespace {

// 16 hexadecimal digits would overflow into a negative size somewhere down the line.
constexpr std::uint32_t most_digits = 15;
constexpr std::uint32_t most_trailer_bytes = 8 * 1024;
constexpr std::uint32_t most_extension_bytes = 256;

unsigned hex_value(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  return static_cast<unsigned>(to_lower(c) - 'a' + 10);
}

}  // namespace

// One byte of framing; false where it may not stand here.
bool ChunkedDecoder::take_framing(char c) {
  switch (state_) {
    case State::size_first:
      left_ = 0;
      digits_ = 0;
      framing_ = 0;
      state_ = State::size;
      [[fallthrough]];
    case State::size:
      if (is(c, hex_char)) {
        left_ = left_ * 16 + hex_value(c);
        return ++digits_ <= most_digits;
      }
      if (digits_ == 0) return false;
      if (c == '\r') {
        state_ = State::size_lf;
        return true;
      }
      // A provider may send extensions, and they mean nothing; a client has no reason to.
      if (c == ';' && trailers_ == Trailers::drop) {
        state_ = State::extension;
        return true;
      }
      return false;
    case State::extension:
      if (c == '\r') {
        state_ = State::size_lf;
        return true;
      }
      return is(c, value_char) && ++framing_ <= most_extension_bytes;
    case State::size_lf:
      state_ = left_ > 0 ? State::payload : State::trailer_first;
      framing_ = 0;
      return c == '\n';
    case State::payload_cr:
      state_ = State::payload_lf;
      return c == '\r';
    case State::payload_lf:
      state_ = State::size_first;
      return c == '\n';
    case State::trailer_first:
      if (c == '\r') {
        state_ = State::last_lf;
        return true;
      }
      state_ = State::trailer_line;
      return trailers_ == Trailers::drop && is(c, token_char) && ++framing_ <= most_trailer_bytes;
    case State::trailer_line:
      if (c == '\r') {
        state_ = State::trailer_lf;
        return true;
      }
      return is(c, value_char) && ++framing_ <= most_trailer_bytes;
    case State::trailer_lf:
      state_ = State::trailer_first;
      return c == '\n';
    case State::last_lf:
      if (c != '\n') return false;
      state_ = State::done;
      return true;
    case State::payload:
    case State::done:
      return false;
  }
  return false;
}

ChunkedDecoder::Step ChunkedDecoder::decode(std::string_view input) {
  std::size_t at = 0;
  while (at < input.size() && state_ != State::done) {
    if (state_ == State::payload) {
      auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size() - at));
      left_ -= size;
      if (left_ == 0) state_ = State::payload_cr;
      return {Outcome::more, at + size, input.substr(at, size)};
    }
    if (!take_framing(input[at])) return {Outcome::malformed, at, {}};
    ++at;
  }
  return {done() ? Outcome::done : Outcome::more, at, {}};
}

}  // namespace byok::http1

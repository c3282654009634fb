// The chunked transfer coding (RFC 9112 section 7.1), decoded strictly: extensions and trailers are
// refused, sizes are plain hexadecimal, every line ends in CRLF, and the framing between the data
// is bounded.
#pragma once

#include <cstdint>
#include <string_view>

namespace byok::http1 {

class ChunkedDecoder {
 public:
  enum class Trailers { refuse, drop };

  // `trailers`: a request's are refused; an answer's are read over, up to a bound.
  explicit ChunkedDecoder(Trailers trailers) : trailers_(trailers) {}

  enum class Outcome { more, done, malformed };

  struct Step {
    Outcome outcome;
    std::size_t consumed;      // bytes of the input that are dealt with
    std::string_view payload;  // body bytes among them, a view into the input
  };
  // Takes the coding up to the end of the next stretch of payload, of the input, or of the body;
  // call again with the rest while `outcome` is `more` and input is left.
  Step decode(std::string_view input);

  bool done() const { return state_ == State::done; }

 private:
  enum class State : std::uint8_t {
    size_first,
    size,
    extension,
    size_lf,
    payload,
    payload_cr,
    payload_lf,
    trailer_first,
    trailer_line,
    trailer_lf,
    last_lf,
    done,
  };
  bool take_framing(char c);

  State state_ = State::size_first;
  Trailers trailers_;
  std::uint64_t left_ = 0;     // of the chunk's payload
  std::uint32_t digits_ = 0;   // of the size being read
  std::uint32_t framing_ = 0;  // bytes of trailers or of one chunk's extension
};

}  // namespace byok::http1

// HTTP/1.1 messages as the tests' client and fake provider read them (RFC 9112): a head, then a
// body piece by piece as it arrives. Lenient on purpose; strictness is what the product is tested
// for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/wire/stream.hpp"

namespace byok::testing {

struct Header {
  std::string name;
  std::string value;
};
using Headers = std::vector<Header>;

bool same_name(std::string_view a, std::string_view b);
// The first one of that name in any case; null where there is none.
const std::string* find(const Headers& headers, std::string_view name);

struct Head {
  std::string first_line;
  Headers headers;
  std::string raw;  // all bytes up to and with the empty line
};

// The bytes of a head, with its empty line.
std::string format_head(std::string_view first_line, const Headers& headers);
// One chunk of a chunked body; an empty one is the last.
std::string format_chunk(std::string_view bytes);

class HttpReader {
 public:
  // `stream` outlives the reader.
  explicit HttpReader(Stream& stream) : stream_(stream) {}

  // Nothing where the peer closed before the first byte. Throws ConnectionLost where it closed
  // within the head. Must be followed by begin_body.
  std::optional<Head> read_head();

  // How the body of that message ends. `none` for answers that have no body whatever they say.
  void begin_body(const Head& head, bool is_answer, bool none = false);
  // The next bytes of the body, chunk framing removed; false at its end. Throws ConnectionLost
  // where it ends too early.
  bool read_body(std::string& piece);
  // Whether the body ended where the connection did, so that no other message can follow.
  bool ended_with_connection() const { return framing_ == Framing::until_close; }

 private:
  enum class Framing { length, chunked, until_close };

  bool fill();
  std::string read_line();
  bool take(std::string& piece);

  Stream& stream_;
  std::string buffer_;
  std::size_t begin_ = 0;  // what lies before it in buffer_ has been read
  Framing framing_ = Framing::length;
  std::uint64_t left_ = 0;  // bytes of the body, or of the chunk
  bool done_ = true;
};

}  // namespace byok::testing

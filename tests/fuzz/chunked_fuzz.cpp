// Chunked bodies of both directions. However the bytes are cut, a decoder gives the same, and what
// it takes for a body is what a plain reader of the grammar takes for one. What is written in
// chunks of whatever size is read back, and what stands behind its end is left alone. The first
// byte picks the pieces, the second one the chunks.
#include <optional>
#include <string>
#include <string_view>

#include "common/http1/characters.hpp"
#include "common/http1/chunked.hpp"
#include "tests/fuzz/support.hpp"

using namespace byok;
using fuzz::require;
using Decoder = http1::ChunkedDecoder;
using Outcome = Decoder::Outcome;

namespace {

struct Decoded {
  Outcome outcome = Outcome::more;
  std::string payload;
  std::size_t consumed = 0;
  bool operator==(const Decoded&) const = default;
};

Decoded decode(std::string_view bytes, std::size_t piece, Decoder::Trailers trailers) {
  Decoded out;
  Decoder decoder(trailers);
  fuzz::each_piece(bytes, piece, [&](std::string_view rest) {
    while (!rest.empty() && out.outcome == Outcome::more) {
      const Decoder::Step step = decoder.decode(rest);
      require(step.consumed <= rest.size() && step.payload.size() <= step.consumed);
      require(step.consumed > 0 || step.outcome == Outcome::malformed);
      out.outcome = step.outcome;
      out.payload += step.payload;
      out.consumed += step.consumed;
      rest.remove_prefix(step.consumed);
    }
    return out.outcome == Outcome::more;
  });
  require(decoder.done() == (out.outcome == Outcome::done));
  return out;
}

// RFC 9112 section 7.1 without extensions and trailers.
std::optional<Decoded> read_plainly(std::string_view bytes) {
  Decoded out;
  const std::size_t whole = bytes.size();
  for (;;) {
    std::size_t digits = 0;
    std::uint64_t size = 0;
    while (digits < bytes.size() && http1::is(bytes[digits], http1::hex_char)) ++digits;
    if (digits == 0 || digits > 15 || bytes.substr(digits, 2) != "\r\n") return std::nullopt;
    size = std::stoull(std::string(bytes.substr(0, digits)), nullptr, 16);
    bytes.remove_prefix(digits + 2);
    if (bytes.size() < size || bytes.substr(size, 2) != "\r\n") return std::nullopt;
    out.payload += bytes.substr(0, size);
    bytes.remove_prefix(size + 2);
    if (size > 0) continue;
    out.outcome = Outcome::done;
    out.consumed = whole - bytes.size();
    return out;
  }
}

std::string coded(std::string_view payload, std::size_t chunk) {
  std::string out;
  for (std::size_t at = 0; at < payload.size(); at += chunk) {
    const std::string_view part = payload.substr(at, chunk);
    char line[16];
    std::snprintf(line, sizeof line, "%zx\r\n", part.size());
    out.append(line).append(part).append("\r\n");
  }
  return out + "0\r\n\r\n";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t piece = std::size_t{1} + data[0] % 64;
  const std::size_t chunk = std::size_t{1} + data[1];
  const std::string_view bytes = fuzz::view(data + 2, size - 2);

  const Decoded request = decode(bytes, bytes.size() + 1, Decoder::Trailers::refuse);
  require(decode(bytes, piece, Decoder::Trailers::refuse) == request);
  const Decoded answer = decode(bytes, bytes.size() + 1, Decoder::Trailers::drop);
  require(decode(bytes, piece, Decoder::Trailers::drop) == answer);
  const std::optional<Decoded> plain = read_plainly(bytes);
  require(plain.has_value() == (request.outcome == Outcome::done));
  if (plain) require(*plain == request && *plain == answer);

  const std::string written = coded(bytes, chunk);
  for (const Decoder::Trailers trailers : {Decoder::Trailers::refuse, Decoder::Trailers::drop}) {
    const Decoded back = decode(written + "GET / HTTP/1.1\r\n", piece, trailers);
    require(back.outcome == Outcome::done && back.payload == bytes);
    require(back.consumed == written.size());
  }
  return 0;
}

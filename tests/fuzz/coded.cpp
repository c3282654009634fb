#include "tests/fuzz/coded.hpp"

#include <brotli/encode.h>
#include <zlib.h>
#include <zstd.h>

#include <cstdint>

#include "tests/fuzz/support.hpp"

namespace byok::fuzz {
namespace {

// Beyond what any of the three needs for what cannot be compressed.
std::string room_for(std::string_view text) { return std::string(text.size() * 2 + 1024, '\0'); }

std::string deflated(std::string_view text, int window_bits) {
  z_stream stream{};
  constexpr int memory_level = 8;
  require(deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, window_bits, memory_level,
                       Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out = room_for(text);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  require(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string brotli(std::string_view text) {
  std::string out = room_for(text);
  std::size_t size = out.size();
  constexpr int quality = 5;
  require(BrotliEncoderCompress(quality, BROTLI_DEFAULT_WINDOW, BROTLI_MODE_GENERIC, text.size(),
                                reinterpret_cast<const std::uint8_t*>(text.data()), &size,
                                reinterpret_cast<std::uint8_t*>(out.data())) == BROTLI_TRUE);
  out.resize(size);
  return out;
}

std::string zstd(std::string_view text) {
  std::string out = room_for(text);
  const std::size_t size = ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 1);
  require(ZSTD_isError(size) == 0);
  out.resize(size);
  return out;
}

}  // namespace

std::string coded(std::string_view coding, std::string_view text) {
  if (coding == "br") return brotli(text);
  if (coding == "zstd") return zstd(text);
  return deflated(text, coding == "gzip" ? MAX_WBITS + 16 : MAX_WBITS);
}

}  // namespace byok::fuzz

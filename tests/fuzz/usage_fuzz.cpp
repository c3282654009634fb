// Whatever a provider answers, and however it is cut, the same tokens are counted. The first byte
// picks the format and whether it is a stream, the second one the cut.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "daemon/providers/usage_scan.hpp"

using namespace byok::providers;

namespace {

std::optional<TokenCounts> scan(Format format, bool events, std::string_view bytes,
                                std::size_t cut) {
  UsageScan scan(format, events);
  // Each piece is gone once it was fed.
  for (std::size_t at = 0; at < bytes.size(); at += cut) {
    const std::vector<char> piece(
        bytes.begin() + static_cast<std::ptrdiff_t>(at),
        bytes.begin() + static_cast<std::ptrdiff_t>(std::min(at + cut, bytes.size())));
    scan.feed({piece.data(), piece.size()});
  }
  return scan.counts();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const auto format = static_cast<Format>(data[0] % 3);
  const bool events = (data[0] & 0x80) != 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  const auto whole = scan(format, events, bytes, size);
  for (std::size_t cut : {std::size_t{1}, std::size_t{1} + data[1]}) {
    if (scan(format, events, bytes, cut) != whole) std::abort();
  }
  return 0;
}

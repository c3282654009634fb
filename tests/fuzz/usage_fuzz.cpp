// Whatever a provider answers, and however it is cut, the same tokens are counted. The first byte
// picks the format and whether it is a stream, the second one the cut.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "daemon/providers/usage_scan.hpp"

using namespace byok::providers;

namespace {

std::optional<TokenCounts> scan(Format format, bool events, std::string_view bytes,
                                std::size_t cut) {
  UsageScan scan(format, events);
  for (std::size_t at = 0; at < bytes.size(); at += cut) scan.feed(bytes.substr(at, cut));
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

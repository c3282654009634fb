// Whatever a provider answers, and however it is cut, the same tokens are counted. The first byte
// picks the format and whether it is a stream, the second one the cut.
#include <optional>
#include <string_view>
#include <utility>

#include "daemon/providers/usage_scan.hpp"
#include "tests/fuzz/support.hpp"

using namespace byok::providers;
using byok::fuzz::require;

namespace {

using Counted = std::pair<std::optional<TokenCounts>, bool>;

Counted scan(Format format, bool events, std::string_view bytes, std::size_t cut) {
  UsageScan scan(format, events);
  byok::fuzz::each_piece(bytes, cut, [&](std::string_view piece) {
    scan.feed(piece);
    return true;
  });
  return {scan.counts(), scan.failed()};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const auto format = static_cast<Format>(data[0] % 3);
  const bool events = (data[0] & 0x80) != 0;
  const std::string_view bytes = byok::fuzz::view(data + 2, size - 2);
  const Counted whole = scan(format, events, bytes, size);
  require(scan(format, events, bytes, 1) == whole);
  require(scan(format, events, bytes, std::size_t{1} + data[1]) == whole);
  return 0;
}

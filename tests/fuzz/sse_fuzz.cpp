// Whatever comes as a stream of server-sent events, and however it is cut: the same events, and no
// more text in them than came; and they are read again as they are written. The first byte picks
// the cut.
#include <string>
#include <string_view>
#include <vector>

#include "daemon/providers/sse.hpp"
#include "tests/fuzz/support.hpp"

using namespace byok::providers;
using byok::fuzz::require;

namespace {

constexpr std::size_t max_event = 256;

bool split(std::string_view bytes, std::size_t cut, std::vector<SseEvent>& out,
           std::size_t largest = max_event) {
  SseSplitter splitter(largest);
  const bool good = byok::fuzz::each_piece(
      bytes, cut, [&](std::string_view piece) { return splitter.feed(piece, out); });
  return good && splitter.finish(out);
}

void require_same(const std::vector<SseEvent>& a, const std::vector<SseEvent>& b) {
  require(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    require(a[i].event == b[i].event && a[i].data == b[i].data);
  }
}

std::string written(const std::vector<SseEvent>& events) {
  std::string out;
  for (const SseEvent& event : events) {
    out += "event: " + event.event + "\ndata: ";
    for (const char c : event.data) out += c == '\n' ? "\ndata: " : std::string(1, c);
    out += "\n\n";
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view bytes = byok::fuzz::view(data + 1, size - 1);
  std::vector<SseEvent> whole;
  std::vector<SseEvent> pieces;
  const bool whole_good = split(bytes, size, whole);
  const bool pieces_good = split(bytes, std::size_t{1} + data[0] % 16, pieces);
  require(whole_good == pieces_good);
  require_same(whole, pieces);
  std::size_t text = 0;
  for (const SseEvent& event : whole) {
    text += event.event.size() + event.data.size();
    require(event.data.size() <= max_event);
  }
  require(text <= size);
  std::vector<SseEvent> again;
  require(split(written(whole), size, again, SseSplitter::default_max_event));
  require_same(whole, again);
  return 0;
}

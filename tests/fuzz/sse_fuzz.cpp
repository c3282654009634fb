// Whatever comes as a stream of server-sent events, and however it is cut: the same events, and no
// more text in them than came. The first byte picks the cut.
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "daemon/providers/sse.hpp"

using namespace byok::providers;

namespace {

constexpr std::size_t max_event = 256;

bool split(std::string_view bytes, std::size_t cut, std::vector<SseEvent>& out) {
  SseSplitter splitter(max_event);
  for (std::size_t at = 0; at < bytes.size(); at += cut) {
    if (!splitter.feed(bytes.substr(at, cut), out)) return false;
  }
  return splitter.finish(out);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  std::vector<SseEvent> whole;
  std::vector<SseEvent> pieces;
  const bool whole_good = split(bytes, size, whole);
  const bool pieces_good = split(bytes, std::size_t{1} + data[0] % 16, pieces);
  if (whole_good != pieces_good) std::abort();
  if (whole.size() != pieces.size()) std::abort();
  std::size_t text = 0;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    if (whole[i].event != pieces[i].event || whole[i].data != pieces[i].data) std::abort();
    text += whole[i].event.size() + whole[i].data.size();
    if (whole[i].data.size() > max_event) std::abort();
  }
  if (text > size) std::abort();
  return 0;
}

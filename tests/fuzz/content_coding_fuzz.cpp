// Coded answers. However the bytes are cut, they decode to the same; never to more than is wanted,
// however much they would be; and what was coded comes back. The first byte picks the coding, the
// second one the pieces.
#include <algorithm>
#include <string>
#include <string_view>

#include "daemon/upstream/content_coding.hpp"
#include "tests/fuzz/coded.hpp"
#include "tests/fuzz/support.hpp"

using namespace byok;
using fuzz::require;

namespace {

constexpr std::size_t most = 256 * 1024;

struct Decoded {
  bool good = true;
  std::string text;  // no more than `most`
};

Decoded decode(std::string_view coding, std::string_view bytes, std::size_t piece) {
  Decoded out;
  const auto decoder = upstream::Decoder::make(coding);
  bool wanted = true;
  const upstream::Decoder::Sink sink = [&](std::string_view made) {
    require(wanted && !made.empty());
    out.text += made.substr(0, most - out.text.size());
    return wanted = out.text.size() < most;
  };
  fuzz::each_piece(bytes, piece, [&](std::string_view part) {
    out.good = decoder->feed(part, sink);
    require(wanted || !out.good);
    return true;
  });
  return out;
}

// Where the bytes are wrong, how much comes out before that is seen depends on the pieces.
bool agree(const Decoded& a, const Decoded& b) {
  if (a.good != b.good) return false;
  if (a.good) return a.text == b.text;
  const std::size_t common = std::min(a.text.size(), b.text.size());
  return a.text.compare(0, common, b.text, 0, common) == 0;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view coding = fuzz::codings[data[0] % fuzz::codings.size()];
  const std::size_t piece = std::size_t{1} + data[1];
  const std::string_view bytes = fuzz::view(data + 2, size - 2);

  const Decoded whole = decode(coding, bytes, bytes.size() + 1);
  require(agree(whole, decode(coding, bytes, piece)));
  for (const std::size_t limit : {std::size_t{0}, std::size_t{100}, most}) {
    const std::string beginning = upstream::decoded_beginning(coding, bytes, limit);
    require(beginning == whole.text.substr(0, limit));
  }

  const Decoded back = decode(coding, fuzz::coded(coding, bytes), piece);
  require(back.good && back.text == bytes);
  return 0;
}

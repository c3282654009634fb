#include "cli/bar.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace byok::cli {

std::string bar(double share, std::size_t width, bool blocks) {
  // U+258F to U+2588: an eighth to eight of them.
  constexpr std::array<std::string_view, 8> eighths = {
      "\xe2\x96\x8f", "\xe2\x96\x8e", "\xe2\x96\x8d", "\xe2\x96\x8c",
      "\xe2\x96\x8b", "\xe2\x96\x8a", "\xe2\x96\x89", "\xe2\x96\x88"};
  const double clamped = std::isfinite(share) ? std::clamp(share, 0.0, 1.0) : 0.0;
  const std::size_t parts = blocks ? eighths.size() : 1;
  auto filled = static_cast<std::size_t>(std::lround(clamped * static_cast<double>(width * parts)));
  if (clamped > 0 && width > 0) filled = std::max<std::size_t>(filled, 1);
  std::string text;
  if (!blocks) return text.append(filled, '#');
  for (; filled >= parts; filled -= parts) text += eighths.back();
  if (filled > 0) text += eighths[filled - 1];
  return text;
}

}  // namespace byok::cli

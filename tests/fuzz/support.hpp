// What the fuzz targets are written with.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

namespace byok::fuzz {

// What does not hold is a finding, and ends the run.
inline void require(bool holds, const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  if (holds) return;
  std::fprintf(stderr, "%s:%d: this does not hold\n", file, line);
  std::abort();
}

inline std::string_view view(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// Gives `bytes` by pieces of `size` for as long as `take` returns true; whether it always did. Each
// piece is a block of its own and gone afterwards: who reads past its end, or keeps a view into it,
// is caught.
template <class Take>
bool each_piece(std::string_view bytes, std::size_t size, Take take) {
  for (std::size_t at = 0; at < bytes.size(); at += size) {
    const std::string_view part = bytes.substr(at, size);
    const std::vector<char> piece(part.begin(), part.end());
    if (!take(std::string_view(piece.data(), piece.size()))) return false;
  }
  return true;
}

}  // namespace byok::fuzz

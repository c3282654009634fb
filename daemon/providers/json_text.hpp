// Going through the text of JSON strings quickly.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace byok::providers {

// The first quote or backslash, or `end`. Eight bytes at a time, by the classic test for a zero
// byte in a word: text of a chat has escapes every few words, too often for memchr to pay.
inline const char* find_special(const char* at, const char* end) {
  constexpr std::uint64_t ones = 0x0101010101010101;
  // The lowest bit that is set belongs to the first zero byte.
  constexpr auto zeros = [](std::uint64_t word) { return (word - ones) & ~word & (ones << 7); };
  while (end - at >= static_cast<std::ptrdiff_t>(sizeof(std::uint64_t))) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    const std::uint64_t special = zeros(word ^ ones * '"') | zeros(word ^ ones * '\\');
    if (special == 0) {
      at += sizeof word;
    } else if constexpr (std::endian::native == std::endian::little) {
      return at + std::countr_zero(special) / 8;
    } else {
      break;
    }
  }
  while (at != end && *at != '"' && *at != '\\') ++at;
  return at;
}

}  // namespace byok::providers

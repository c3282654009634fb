// Going through the text of JSON strings quickly.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace byok::providers {

// The first quote or backslash, or `end`. Text of a chat has escapes every few words, too often for
// memchr to pay: so it is sixteen bytes at a time where the processor is known to have them, else
// eight, by the classic test for a zero byte in a word.
inline const char* find_special(const char* at, const char* end) {
#ifdef __SSE2__
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i backslash = _mm_set1_epi8('\\');
  for (; end - at >= 16; at += 16) {
    const __m128i text = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const __m128i special =
        _mm_or_si128(_mm_cmpeq_epi8(text, quote), _mm_cmpeq_epi8(text, backslash));
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(special));
    if (mask != 0) return at + std::countr_zero(mask);
  }
#endif
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

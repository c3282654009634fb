// Going through the text of JSON and of event streams quickly.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace byok::providers {

// The first byte that is one of two, or a control character where those count, or `end`. Text of a
// chat has escapes every few words, too often for memchr to pay: so it is sixteen bytes at a time
// where the processor is known to have them, else eight, by the classic tests for a zero byte and
// for a low one in a word.
template <char one, char other, bool controls = false>
inline const char* find_first(const char* at, const char* end) {
  constexpr char last_control = 0x1f;
#ifdef __SSE2__
  const __m128i all_one = _mm_set1_epi8(one);
  const __m128i all_other = _mm_set1_epi8(other);
  const __m128i highest = _mm_set1_epi8(last_control);
  for (; end - at >= 16; at += 16) {
    const __m128i text = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    __m128i found = _mm_or_si128(_mm_cmpeq_epi8(text, all_one), _mm_cmpeq_epi8(text, all_other));
    if (controls) found = _mm_or_si128(found, _mm_cmpeq_epi8(_mm_min_epu8(text, highest), text));
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(found));
    if (mask != 0) return at + std::countr_zero(mask);
  }
#endif
  constexpr std::uint64_t ones = 0x0101010101010101;
  // The lowest bit that is set belongs to the first such byte.
  constexpr auto below = [](std::uint64_t word, char limit) {
    return (word - ones * static_cast<unsigned char>(limit)) & ~word & (ones << 7);
  };
  while (end - at >= static_cast<std::ptrdiff_t>(sizeof(std::uint64_t))) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    std::uint64_t found = below(word ^ ones * one, 1) | below(word ^ ones * other, 1);
    if (controls) found |= below(word, last_control + 1);
    if (found == 0) {
      at += sizeof word;
    } else if constexpr (std::endian::native == std::endian::little) {
      return at + std::countr_zero(found) / 8;
    } else {
      break;
    }
  }
  const auto is_sought = [](char c) {
    return c == one || c == other || (controls && static_cast<unsigned char>(c) <= last_control);
  };
  while (at != end && !is_sought(*at)) ++at;
  return at;
}

// What find_special() does, for text in which the next such byte is expected to be far off.
const char* find_special_far(const char* at, const char* end);

// What means something in a JSON string that is read.
inline const char* find_special(const char* at, const char* end) {
  constexpr std::ptrdiff_t near = 64;
  const char* const near_end = end - at > near ? at + near : end;
  at = find_first<'"', '\\'>(at, near_end);
  return at == near_end && at != end ? find_special_far(at, end) : at;
}

// What must be escaped in one that is written.
inline const char* find_unwritable(const char* at, const char* end) {
  return find_first<'"', '\\', true>(at, end);
}

// How much of `text` comes before the end of its first line, or all of it.
inline std::size_t line_size(std::string_view text) {
  const char* const end = text.data() + text.size();
  return static_cast<std::size_t>(find_first<'\r', '\n'>(text.data(), end) - text.data());
}

}  // namespace byok::providers

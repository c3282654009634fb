#include "daemon/providers/text_search.hpp"

#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace byok::providers {
namespace {

const char* find_special_plain(const char* at, const char* end) {
  return find_first<'"', '\\'>(at, end);
}

#ifdef __x86_64__
[[gnu::target("avx2")]] const char* find_special_avx2(const char* at, const char* end) {
  constexpr std::ptrdiff_t half = 32;
  const __m256i quotes = _mm256_set1_epi8('"');
  const __m256i backslashes = _mm256_set1_epi8('\\');
  for (; end - at >= 2 * half; at += 2 * half) {
    const __m256i low = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
    const __m256i high = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at + half));
    const __m256i in_low =
        _mm256_or_si256(_mm256_cmpeq_epi8(low, quotes), _mm256_cmpeq_epi8(low, backslashes));
    const __m256i in_high =
        _mm256_or_si256(_mm256_cmpeq_epi8(high, quotes), _mm256_cmpeq_epi8(high, backslashes));
    if (_mm256_movemask_epi8(_mm256_or_si256(in_low, in_high)) == 0) continue;
    const auto low_mask = static_cast<std::uint32_t>(_mm256_movemask_epi8(in_low));
    const auto high_mask = static_cast<std::uint32_t>(_mm256_movemask_epi8(in_high));
    return at + std::countr_zero(std::uint64_t{high_mask} << 32 | low_mask);
  }
  return find_special_plain(at, end);
}
#endif

using Find = const char* (*)(const char*, const char*);

// What this processor is best at.
Find chosen() {
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx2")) return find_special_avx2;
#endif
  return find_special_plain;
}

}  // namespace

const char* find_special_far(const char* at, const char* end) {
  static const Find find = chosen();
  return find(at, end);
}

}  // namespace byok::providers

// What the benchmark's programs agree on: which provider key belongs to which tenant, so that the
// provider's side can tell that a gateway has put the right one into every call.
#pragma once

#include <charconv>
#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

namespace byok::bench {

inline constexpr std::string_view key_prefix = "sk-bench-";
inline constexpr std::size_t id_digits = 8;
inline constexpr std::size_t key_size = key_prefix.size() + id_digits + 3 * 16;

// Well mixed, and the same everywhere (the finalizer of MurmurHash3).
constexpr std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 33)) * 0xff51afd7ed558ccdULL;
  x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53ULL;
  return x ^ (x >> 33);
}

inline void append_hex(std::string& out, std::uint64_t value, std::size_t digits) {
  for (std::size_t i = digits; i-- > 0;) out += "0123456789abcdef"[(value >> (4 * i)) & 15];
}

// "sk-bench-", the tenant's number, and digits that follow from it.
inline std::string key_of(std::uint32_t tenant) {
  std::string key(key_prefix);
  append_hex(key, tenant, id_digits);
  std::uint64_t digits = tenant + 1;
  for (int i = 0; i < 3; ++i) {
    digits = mix(digits + 0x9e3779b97f4a7c15ULL);
    append_hex(key, digits, 16);
  }
  return key;
}

// Whose key it is; nothing where it is no tenant's.
inline std::optional<std::uint32_t> tenant_of(std::string_view key) {
  if (key.size() != key_size || !key.starts_with(key_prefix)) return std::nullopt;
  std::uint32_t tenant = 0;
  const char* first = key.data() + key_prefix.size();
  if (std::from_chars(first, first + id_digits, tenant, 16).ptr != first + id_digits) {
    return std::nullopt;
  }
  if (key_of(tenant) != key) return std::nullopt;
  return tenant;
}

// Names the tenant whose key a call has to bear.
inline constexpr std::string_view tenant_field = "X-Bench-Tenant";
// What begins the time at which a chunk was sent, in its data.
inline constexpr std::string_view sent_mark = "\"sent_ns\":";

// CLOCK_MONOTONIC, which all processes of a machine share.
inline std::uint64_t now_ns() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(time.tv_nsec);
}

}  // namespace byok::bench

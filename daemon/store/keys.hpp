// The keys of the sub-databases, built on the stack. A tenant's id is followed by a zero byte,
// which no id contains: "a" is no prefix of "ab" nor of "a.b".
#pragma once

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string_view>

#include "common/ids.hpp"

namespace byok::store {

class RecordKey {
 public:
  // The beginning of all keys of one tenant; of no tenant (an operator's tokens): the zero byte
  // alone.
  static RecordKey of(const TenantId& tenant) {
    RecordKey key;
    key.append(tenant.view());
    key.append(std::string_view("\0", 1));
    return key;
  }
  static RecordKey of(const TenantId& tenant, const ProviderId& provider) {
    return of(tenant, provider.view());
  }
  // Throws std::length_error where the rest is longer than any id of ours.
  static RecordKey of(const TenantId& tenant, std::string_view rest) {
    RecordKey key = of(tenant);
    key.append(rest);
    return key;
  }
  static RecordKey of(const TenantId& tenant, std::uint64_t dek_version) {
    char bytes[8];  // big-endian, so that versions lie in their order
    for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<char>(dek_version >> (8 * (7 - i)));
    return of(tenant, std::string_view(bytes, 8));
  }

  std::string_view view() const { return {bytes_.data(), size_}; }

 private:
  void append(std::string_view part) {
    if (part.size() > bytes_.size() - size_) throw std::length_error("a database key is too long");
    part.copy(bytes_.data() + size_, part.size());
    size_ += part.size();
  }

  std::array<char, 256> bytes_;
  std::size_t size_ = 0;
};

}  // namespace byok::store

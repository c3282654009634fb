// The names of tenants and providers, checked once and then carried as types: what is a TenantId
// can be used as a key, in a path or in a log line without a second look.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "common/error.hpp"

namespace byok {

// A short text stored in place: ids are copied on every request and must not allocate.
template <std::size_t capacity>
class ShortText {
 public:
  std::string_view view() const { return {text_.data(), size_}; }
  std::string str() const { return std::string(view()); }
  bool operator==(const ShortText& other) const { return view() == other.view(); }
  auto operator<=>(const ShortText& other) const { return view() <=> other.view(); }

 protected:
  ShortText() = default;
  // `text` is at most `capacity` bytes long: the parsers below see to that.
  explicit ShortText(std::string_view text) : size_(static_cast<std::uint8_t>(text.size())) {
    text.copy(text_.data(), capacity);
  }

 private:
  std::array<char, capacity> text_{};
  std::uint8_t size_ = 0;
};

// Of a person alone with the daemon, and of an operator who names none; there from the first start.
inline constexpr std::string_view default_tenant = "default";

// [a-z0-9][a-z0-9._-]{0,62}
class TenantId : public ShortText<63> {
 public:
  TenantId() = default;  // No tenant: never a key, never accepted by parse().
  // Errc::invalid_tenant for anything that is not a tenant's id.
  static Result<TenantId> parse(std::string_view text);

 private:
  using ShortText::ShortText;
};

// [a-z][a-z0-9-]{0,31}, without the words that begin a path of byokd's own.
class ProviderId : public ShortText<32> {
 public:
  ProviderId() = default;
  // Errc::unknown_provider for anything that is not a provider's id.
  static Result<ProviderId> parse(std::string_view text);

 private:
  using ShortText::ShortText;
};

}  // namespace byok

template <>
struct std::hash<byok::TenantId> {
  std::size_t operator()(const byok::TenantId& id) const {
    return std::hash<std::string_view>()(id.view());
  }
};
template <>
struct std::hash<byok::ProviderId> {
  std::size_t operator()(const byok::ProviderId& id) const {
    return std::hash<std::string_view>()(id.view());
  }
};

#include "common/ids.hpp"

#include <algorithm>

namespace byok {
namespace {

constexpr bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

constexpr std::string_view reserved_words[] = {"ai",      "admin",    "v1",     "v1beta",
                                               "v1alpha", "upload",   "health", "ready",
                                               "metrics", "settings", "links",  "openapi"};

}  // namespace

Result<TenantId> TenantId::parse(std::string_view text) {
  auto inside = [](char c) {
    return is_lower(c) || is_digit(c) || c == '.' || c == '_' || c == '-';
  };
  if (text.empty() || text.size() > 63 || !(is_lower(text[0]) || is_digit(text[0])) ||
      !std::all_of(text.begin(), text.end(), inside)) {
    return Error{Errc::invalid_tenant,
                 "a tenant's id is 1 to 63 of a-z 0-9 . _ - and begins with a letter or digit"};
  }
  return TenantId(text);
}

Result<ProviderId> ProviderId::parse(std::string_view text) {
  auto inside = [](char c) { return is_lower(c) || is_digit(c) || c == '-'; };
  if (text.empty() || text.size() > 32 || !is_lower(text[0]) ||
      !std::all_of(text.begin(), text.end(), inside) ||
      std::find(std::begin(reserved_words), std::end(reserved_words), text) !=
          std::end(reserved_words)) {
    return Error{Errc::unknown_provider,
                 "a provider's name is 1 to 32 of a-z 0-9 - and begins with a letter: openai, "
                 "anthropic, gemini or one that the configuration names"};
  }
  return ProviderId(text);
}

}  // namespace byok

#include "daemon/providers/anthropic_models.hpp"

#include <optional>
#include <string>
#include <utility>

#include "daemon/providers/text.hpp"

namespace byok::providers {
namespace {

using Version = std::pair<int, int>;  // Major and minor: 4.5 is {4, 5}.

// A version part, unlike a date, has one or two digits.
std::optional<int> version_part(std::string_view word) {
  if (word.empty() || word.size() > 2) return std::nullopt;
  int number = 0;
  for (char c : word) {
    if (!is_digit(c)) return std::nullopt;
    number = number * 10 + (c - '0');
  }
  return number;
}

// The first number of the name and the one right behind it: claude-3-5-haiku-20241022,
// claude-sonnet-4-20250514, claude-opus-5.5.
std::optional<Version> version_of(std::string_view name) {
  std::optional<int> major;
  while (!name.empty()) {
    const std::size_t end = name.find_first_of("-.@:");
    const std::optional<int> part = version_part(name.substr(0, end));
    if (major) return Version{*major, part.value_or(0)};
    major = part;
    name = end == std::string_view::npos ? std::string_view() : name.substr(end + 1);
  }
  if (major) return Version{*major, 0};
  return std::nullopt;
}

constexpr std::int64_t smallest_cap = 4096;

std::int64_t output_cap(const std::string& name, Version version) {
  if (version >= Version{4, 6}) return 128000;
  if (version == Version{4, 5}) return 64000;
  if (version.first < 4) return smallest_cap;
  return name.find("sonnet") != std::string::npos ? 64000 : 32000;
}

}  // namespace

AnthropicModel anthropic_model(std::string_view name) {
  const std::string lower = to_lower(name);
  const std::size_t start = lower.find("claude");
  if (start == std::string::npos) return {.sampling = true, .max_output = smallest_cap};
  // A name without a version is an alias of the latest model.
  const Version version =
      version_of(std::string_view(lower).substr(start)).value_or(Version{99, 0});
  return {.sampling = version <= Version{4, 6}, .max_output = output_cap(lower, version)};
}

}  // namespace byok::providers

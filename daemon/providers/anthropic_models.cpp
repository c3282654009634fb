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
  using Thinking = AnthropicModel::Thinking;
  const std::string lower = to_lower(name);
  const std::size_t start = lower.find("claude");
  if (start == std::string::npos) return {.max_output = smallest_cap};
  // A name without a version is an alias of the latest model.
  const Version version =
      version_of(std::string_view(lower).substr(start)).value_or(Version{99, 0});
  const auto is = [&lower](std::string_view family) { return lower.find(family) != lower.npos; };
  const bool newest_large = (is("opus") || is("sonnet")) && version >= Version{5, 5};

  AnthropicModel model;
  model.max_output = output_cap(lower, version);
  model.sampling = version <= Version{4, 6};
  if (version >= Version{4, 6}) {
    model.thinking = Thinking::adaptive;
  } else if (version >= Version{3, 7}) {
    model.thinking = Thinking::budget;
  }
  model.thinks_always = is("fable") || is("mythos") || newest_large;
  model.hides_thinking = version >= Version{4, 7};
  model.refuses_forcing = newest_large || (is("fable") && version >= Version{5, 1});
  return model;
}

}  // namespace byok::providers

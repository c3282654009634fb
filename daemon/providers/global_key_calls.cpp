// Which calls, models and headers go with the operator's global key.
#include <algorithm>
#include <array>

#include "daemon/providers/global_key.hpp"
#include "daemon/providers/inference.hpp"
#include "daemon/providers/text.hpp"

namespace byok::providers {

bool global_key_may_call(Format format, std::string_view method, std::string_view path) {
  return is_inference(format, method, path, global_key_may_use_model);
}

bool global_key_may_use_model(std::string_view model) {
  const std::string lower = to_lower(model);
  // Old fine-tuned models carry their mark in the middle: davinci:ft-acme-2023.
  constexpr std::array<std::string_view, 3> marks = {"ft:", ":ft-", "tunedmodels/"};
  return std::ranges::none_of(
      marks, [&lower](std::string_view mark) { return lower.find(mark) != std::string::npos; });
}

bool global_key_drops_header(std::string_view name) {
  constexpr std::array<std::string_view, 6> names = {
      "openai-organization",       "openai-project",
      "anthropic-organization-id", "anthropic-workspace-id",
      "anthropic-user-profile-id", "x-goog-user-project"};
  return std::ranges::any_of(names, [name](std::string_view each) {
    return name.size() == each.size() && starts_with_ignoring_case(name, each);
  });
}

}  // namespace byok::providers

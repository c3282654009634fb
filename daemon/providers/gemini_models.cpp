#include "daemon/providers/gemini_models.hpp"

#include <string>

#include "daemon/providers/text.hpp"

namespace byok::providers {
namespace {

constexpr std::string_view tuned = "tunedModels/";

// The generation in "gemini-2.5-flash" times ten; a name without one is an alias of the latest.
int generation_of(std::string_view name) {
  constexpr int latest = 990;
  const std::size_t start = name.find_first_of("0123456789");
  if (start == name.npos) return latest;
  const int major = name[start] - '0';
  const bool has_minor =
      start + 2 < name.size() && name[start + 1] == '.' && is_digit(name[start + 2]);
  return major * 10 + (has_minor ? name[start + 2] - '0' : 0);
}

}  // namespace

GeminiModel gemini_model(std::string_view name) {
  const std::string lower = to_lower(name);
  if (lower.starts_with("gemma-"))
    return {.schema_beside_tools = false, .system_instruction = false};
  if (!lower.starts_with("gemini-")) return {};
  const int generation = generation_of(lower);
  if (generation >= 30) {
    return {.thinking = GeminiModel::Thinking::level, .wants_signatures = true};
  }
  if (generation < 25) return {.schema_beside_tools = false};
  constexpr std::int64_t least_of_pro = 128;
  return {.thinking = GeminiModel::Thinking::budget,
          .least_budget = lower.find("pro") != lower.npos ? least_of_pro : 0,
          .penalties = false,
          .schema_beside_tools = false};
}

std::string gemini_resource(std::string_view model) {
  return model.starts_with(tuned) ? std::string(model) : "models/" + std::string(model);
}

std::string gemini_path(std::string_view model, std::string_view verb) {
  std::string path = "/v1beta/";
  if (model.starts_with(tuned)) {
    path += tuned;
    model.remove_prefix(tuned.size());
  } else {
    path += "models/";
  }
  return path.append(percent_encoded(model)).append(":").append(verb);
}

}  // namespace byok::providers

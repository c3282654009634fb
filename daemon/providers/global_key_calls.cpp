// Which calls, models and headers go with the operator's global key.
#include <algorithm>
#include <array>
#include <span>

#include "daemon/providers/global_key.hpp"
#include "daemon/providers/text.hpp"

namespace byok::providers {
namespace {

using Paths = std::span<const std::string_view>;

constexpr std::array<std::string_view, 4> openai_posts = {
    "/v1/chat/completions", "/v1/responses", "/v1/responses/input_tokens", "/v1/embeddings"};
constexpr std::array<std::string_view, 2> anthropic_posts = {"/v1/messages",
                                                             "/v1/messages/count_tokens"};
constexpr std::array<std::string_view, 3> gemini_versions = {"/v1/", "/v1beta/", "/v1alpha/"};
constexpr std::array<std::string_view, 5> gemini_verbs = {"generateContent",
                                                          "streamGenerateContent", "countTokens",
                                                          "embedContent", "batchEmbedContents"};

bool holds(Paths paths, std::string_view path) {
  return std::ranges::find(paths, path) != paths.end();
}

// "%3A" as some clients write the colon before a verb. Any other escape could hide a slash or a
// name from the checks here, so paths with one are refused.
std::optional<std::string> decode_colon(std::string_view path) {
  std::string decoded;
  while (!path.empty()) {
    if (path.front() != '%') {
      decoded += path.front();
      path.remove_prefix(1);
      continue;
    }
    if (!starts_with_ignoring_case(path, "%3a")) return std::nullopt;
    decoded += ':';
    path.remove_prefix(3);
  }
  return decoded;
}

// One segment of a path, and a model that everybody may use.
bool is_model_segment(std::string_view segment) {
  return !segment.empty() && segment != "." && segment != ".." &&
         segment.find('/') == std::string_view::npos && global_key_may_use_model(segment);
}

// GET on the collection or on one of its members.
bool is_models_read(std::string_view method, std::string_view path, std::string_view collection) {
  if (method != "GET" || !path.starts_with(collection)) return false;
  path.remove_prefix(collection.size());
  return path.empty() || (path.front() == '/' && is_model_segment(path.substr(1)));
}

bool gemini_may_call(std::string_view method, std::string_view path) {
  const auto version = std::ranges::find_if(
      gemini_versions, [path](std::string_view each) { return path.starts_with(each); });
  if (version == gemini_versions.end()) return false;
  path.remove_prefix(version->size());
  if (is_models_read(method, path, "models")) return path.find(':') == std::string_view::npos;

  constexpr std::string_view collection = "models/";
  const std::size_t colon = path.rfind(':');
  if (method != "POST" || !path.starts_with(collection) || colon == std::string_view::npos) {
    return false;
  }
  const std::string_view model = path.substr(0, colon).substr(collection.size());
  return is_model_segment(model) && holds(gemini_verbs, path.substr(colon + 1));
}

}  // namespace

bool global_key_may_call(Format format, std::string_view method, std::string_view path) {
  const std::optional<std::string> decoded = decode_colon(path);
  if (!decoded) return false;
  if (format == Format::gemini) return gemini_may_call(method, *decoded);
  const Paths posts = format == Format::openai ? Paths(openai_posts) : Paths(anthropic_posts);
  if (method == "POST") return holds(posts, *decoded);
  return is_models_read(method, *decoded, "/v1/models");
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

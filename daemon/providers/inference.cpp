#include "daemon/providers/inference.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>

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

// One segment of a path, and a model that may be used.
bool is_model_segment(std::string_view segment, ModelRule may_use) {
  return !segment.empty() && segment != "." && segment != ".." &&
         segment.find('/') == std::string_view::npos && may_use(segment);
}

// GET on the collection or on one of its members.
bool is_models_read(std::string_view method, std::string_view path, std::string_view collection,
                    ModelRule may_use) {
  if (method != "GET" || !path.starts_with(collection)) return false;
  path.remove_prefix(collection.size());
  return path.empty() || (path.front() == '/' && is_model_segment(path.substr(1), may_use));
}

bool is_gemini_inference(std::string_view method, std::string_view path, ModelRule may_use) {
  const auto version = std::ranges::find_if(
      gemini_versions, [path](std::string_view each) { return path.starts_with(each); });
  if (version == gemini_versions.end()) return false;
  path.remove_prefix(version->size());
  if (is_models_read(method, path, "models", may_use)) {
    return path.find(':') == std::string_view::npos;
  }

  constexpr std::string_view collection = "models/";
  const std::size_t colon = path.rfind(':');
  if (method != "POST" || !path.starts_with(collection) || colon == std::string_view::npos) {
    return false;
  }
  const std::string_view model = path.substr(0, colon).substr(collection.size());
  return is_model_segment(model, may_use) && holds(gemini_verbs, path.substr(colon + 1));
}

}  // namespace

bool any_model(std::string_view) { return true; }

bool is_inference(Format format, std::string_view method, std::string_view path,
                  ModelRule may_use) {
  const std::optional<std::string> decoded = decode_colon(path);
  if (!decoded) return false;
  if (format == Format::gemini) return is_gemini_inference(method, *decoded, may_use);
  const Paths posts = format == Format::openai ? Paths(openai_posts) : Paths(anthropic_posts);
  if (method == "POST") return holds(posts, *decoded);
  return is_models_read(method, *decoded, "/v1/models", may_use);
}

}  // namespace byok::providers

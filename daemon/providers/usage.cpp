#include "daemon/providers/usage.hpp"

#include "daemon/providers/json_read.hpp"

namespace byok::providers {
namespace {

std::uint64_t count(const json::object& usage, std::string_view key) {
  return find_count(usage, key).value_or(0);
}

std::uint64_t detail(const json::object& usage, std::string_view group, std::string_view key) {
  const json::object* details = find_object(usage, group);
  return details == nullptr ? 0 : count(*details, key);
}

// Google's names: its prompt leaves out what its tools took, its answer what was thought.
struct GoogleNames {
  std::string_view prompt, tools, answer, thoughts, cached, total;
};
constexpr GoogleNames generate_content = {"promptTokenCount",        "toolUsePromptTokenCount",
                                          "candidatesTokenCount",    "thoughtsTokenCount",
                                          "cachedContentTokenCount", "totalTokenCount"};
constexpr GoogleNames interactions = {"total_input_tokens",  "total_tool_use_tokens",
                                      "total_output_tokens", "total_thought_tokens",
                                      "total_cached_tokens", "total_tokens"};

Usage read_google_usage(const json::object& usage, const GoogleNames& names) {
  Usage result;
  result.reasoning = count(usage, names.thoughts);
  result.prompt = count(usage, names.prompt) + count(usage, names.tools);
  result.completion = count(usage, names.answer) + result.reasoning;
  result.cached = count(usage, names.cached);
  result.total = find_count(usage, names.total).value_or(result.prompt + result.completion);
  return result;
}

}  // namespace

Usage read_openai_usage(const json::object& usage) {
  const bool chat = usage.contains("prompt_tokens");
  const std::string_view prompt = chat ? "prompt_tokens" : "input_tokens";
  const std::string_view completion = chat ? "completion_tokens" : "output_tokens";
  const std::string_view prompt_details = chat ? "prompt_tokens_details" : "input_tokens_details";
  const std::string_view completion_details =
      chat ? "completion_tokens_details" : "output_tokens_details";
  Usage result;
  result.prompt = count(usage, prompt);
  result.completion = count(usage, completion);
  result.total = find_count(usage, "total_tokens").value_or(result.prompt + result.completion);
  result.cached = detail(usage, prompt_details, "cached_tokens");
  result.cache_write = detail(usage, prompt_details, "cache_write_tokens");
  result.reasoning = detail(usage, completion_details, "reasoning_tokens");
  return result;
}

Usage read_gemini_usage(const json::object& usage) {
  return read_google_usage(usage, generate_content);
}

Usage read_interactions_usage(const json::object& usage) {
  return read_google_usage(usage, interactions);
}

void AnthropicUsage::merge(const json::object& usage) {
  const auto take = [](const json::object& from, std::string_view key, std::uint64_t& into) {
    into = find_count(from, key).value_or(into);
  };
  take(usage, "input_tokens", input_);
  take(usage, "cache_read_input_tokens", cache_read_);
  take(usage, "cache_creation_input_tokens", cache_write_);
  take(usage, "output_tokens", output_);
  if (const json::object* details = find_object(usage, "output_tokens_details")) {
    take(*details, "thinking_tokens", thinking_);
  }
}

Usage AnthropicUsage::total() const {
  const std::uint64_t prompt = input_ + cache_read_ + cache_write_;
  return {.prompt = prompt,
          .completion = output_,
          .total = prompt + output_,
          .cached = cache_read_,
          .cache_write = cache_write_,
          .reasoning = thinking_};
}

json::object write_openai_usage(const Usage& usage) {
  return {{"prompt_tokens", usage.prompt},
          {"completion_tokens", usage.completion},
          {"total_tokens", usage.total},
          {"prompt_tokens_details",
           {{"cached_tokens", usage.cached}, {"cache_write_tokens", usage.cache_write}}},
          {"completion_tokens_details", {{"reasoning_tokens", usage.reasoning}}}};
}

}  // namespace byok::providers

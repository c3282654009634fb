#include "daemon/providers/usage.hpp"

#include "daemon/providers/json_writer.hpp"

namespace byok::providers {
namespace {

std::uint64_t count(const json::object& usage, std::string_view key) {
  return find_count(usage, key).value_or(0);
}

std::uint64_t detail(const json::object& usage, std::string_view group, std::string_view key) {
  const json::object* details = find_object(usage, group);
  return details == nullptr ? 0 : count(*details, key);
}

}  // namespace

Usage read_openai_usage(const json::object& usage) {
  Usage result;
  result.prompt = count(usage, "prompt_tokens");
  result.completion = count(usage, "completion_tokens");
  result.total = find_count(usage, "total_tokens").value_or(result.prompt + result.completion);
  result.cached = detail(usage, "prompt_tokens_details", "cached_tokens");
  result.cache_write = detail(usage, "prompt_tokens_details", "cache_write_tokens");
  result.reasoning = detail(usage, "completion_tokens_details", "reasoning_tokens");
  return result;
}

Usage read_gemini_usage(const json::object& usage) {
  Usage result;
  result.reasoning = count(usage, "thoughtsTokenCount");
  result.prompt = count(usage, "promptTokenCount") + count(usage, "toolUsePromptTokenCount");
  result.completion = count(usage, "candidatesTokenCount") + result.reasoning;
  result.cached = count(usage, "cachedContentTokenCount");
  result.total = find_count(usage, "totalTokenCount").value_or(result.prompt + result.completion);
  return result;
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

void write_openai_usage(const Usage& usage, JsonWriter& out) {
  out.begin_object("usage");
  out.member("prompt_tokens", usage.prompt);
  out.member("completion_tokens", usage.completion);
  out.member("total_tokens", usage.total);
  out.begin_object("prompt_tokens_details");
  out.member("cached_tokens", usage.cached);
  out.member("cache_write_tokens", usage.cache_write);
  out.end_object();
  out.begin_object("completion_tokens_details");
  out.member("reasoning_tokens", usage.reasoning);
  out.end_object();
  out.end_object();
}

}  // namespace byok::providers

// Tokens that a call took, and by what names each provider counts them.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>

namespace byok::providers {

namespace json = boost::json;

class JsonWriter;

// As OpenAI counts: `prompt` includes `cached` and `cache_write`, `completion` includes
// `reasoning`.
struct Usage {
  std::uint64_t prompt = 0;
  std::uint64_t completion = 0;
  std::uint64_t total = 0;
  std::uint64_t cached = 0;
  std::uint64_t cache_write = 0;
  std::uint64_t reasoning = 0;
  bool operator==(const Usage&) const = default;
};

// Each takes the object that holds the counts; what is not there counts as 0.

// "usage" of chat completions.
Usage read_openai_usage(const json::object& usage);
// "usageMetadata" of generateContent.
Usage read_gemini_usage(const json::object& usage);

// Anthropic's "usage" objects: in a stream they come in several events, each with the counts so
// far, where null leaves the former count as it is.
class AnthropicUsage {
 public:
  void merge(const json::object& usage);
  Usage total() const;

 private:
  std::uint64_t input_ = 0;  // Neither read from nor written to the cache.
  std::uint64_t cache_read_ = 0;
  std::uint64_t cache_write_ = 0;
  std::uint64_t output_ = 0;
  std::uint64_t thinking_ = 0;
};

// The member "usage" of chat completions.
void write_openai_usage(const Usage& usage, JsonWriter& out);

}  // namespace byok::providers

// Whatever JSON a caller sends as a chat, each provider's request is either refused or is JSON that
// names the model.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "daemon/providers/chat.hpp"
#include "daemon/providers/json_read.hpp"

using namespace byok::providers;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::optional<json::object> request = parse_json_object(text);
  if (!request) return 0;
  struct Target {
    Format format;
    std::string_view model;
  };
  for (const Target& target :
       {Target{Format::openai, "gpt-5"}, Target{Format::anthropic, "claude-sonnet-5"},
        Target{Format::anthropic, "claude-sonnet-4-5"}, Target{Format::gemini, "gemini-3.8-flash"},
        Target{Format::gemini, "gemma-3"}}) {
    const auto written = translate_request(target.format, *request, target.model, true);
    if (!written) {
      if (written.error().message().empty()) std::abort();
      continue;
    }
    const std::optional<json::object> body = parse_json_object(written->body);
    if (!body) std::abort();
    if (target.format == Format::anthropic && !body->contains("max_tokens")) std::abort();
    if (target.format == Format::gemini && !body->contains("contents")) std::abort();
  }
  return 0;
}

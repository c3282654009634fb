// Whatever JSON a caller sends as a chat: JSON is written as it was read; each provider's request
// is either refused, naming what is wrong, or is that provider's call of that model. The model is
// the caller's own.
#include <string>
#include <string_view>

#include "tests/fuzz/requests.hpp"

using namespace byok::providers;
using byok::fuzz::require;

namespace {

// Written once, JSON stays as it is. The first time a number may change in its last digit: Boost's
// parser does not always take the nearest one.
void check_json(const json::object& object) {
  std::string text = to_text(object);
  for (int i = 0; i < 3; ++i) {
    const auto back = parse_json(text);
    require(back && back->is_object());
    require(back->get_object().size() == object.size());
    text = to_text(*back);
  }
}

void check_translations(const json::object& request, std::string_view model, std::size_t size) {
  for (const Format format : {Format::openai, Format::anthropic, Format::gemini}) {
    for (const bool stream : {false, true}) {
      const auto written = translate_request(format, request, model, stream);
      if (written) {
        byok::fuzz::check_chat_request(format, *written, model, size);
        const auto again = translate_request(format, request, model, stream);
        require(again && again->body == written->body && again->path == written->path);
      } else {
        require(!written.error().message().empty());
      }
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = byok::fuzz::view(data, size);
  const std::optional<json::object> request = parse_json_object(text);
  if (!request) return 0;
  check_json(*request);
  const std::string own(string_or_empty(*request, "model"));
  for (const std::string_view model :
       {std::string_view("gpt-5"), std::string_view("claude-sonnet-5"),
        std::string_view("claude-sonnet-4-5"), std::string_view("gemini-3.8-flash"),
        std::string_view("gemma-3"), std::string_view(own)}) {
    check_translations(*request, model, size);
  }
  return 0;
}

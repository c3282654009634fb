// Whatever comes as the body of POST /ai/chat: refused, or a chat with a model and messages, whose
// system prompt is the first of them, and which each provider's translator takes or refuses.
#include <string>
#include <string_view>

#include "daemon/providers/ai_chat.hpp"
#include "tests/fuzz/requests.hpp"

using namespace byok;
using namespace byok::providers;
using fuzz::require;

namespace {

void check_parsed(const AiChat& chat) {
  require(!chat.model.empty() && chat.model.size() <= 256);
  require(!chat.request.contains("model") && !chat.request.contains("stream"));
  require(!chat.request.contains("systemPrompt") && !chat.request.contains("maxTokens"));
  const json::array* messages = find_array(chat.request, "messages");
  require(messages != nullptr && !messages->empty());
  for (const json::value& message : *messages) {
    require(message.is_object() && find_string(message.get_object(), "role").has_value());
  }
  if (chat.has_system_prompt) {
    require(find_string(messages->front().get_object(), "role") == "system");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::view(data, size);
  const auto chat = parse_ai_chat(text);
  if (!chat) {
    require(chat.error().code == Errc::invalid_json || chat.error().code == Errc::bad_request);
    require(!chat.error().message().empty());
    return 0;
  }
  check_parsed(*chat);
  for (const Format format : {Format::openai, Format::anthropic, Format::gemini}) {
    const auto written = translate_request(format, chat->request, chat->model, chat->stream);
    if (written) {
      fuzz::check_chat_request(format, *written, chat->model, size);
    } else {
      const Error told = renumbered(written.error());
      require(told.code == written.error().code && !told.message().empty());
    }
  }
  return 0;
}

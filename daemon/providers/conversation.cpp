#include "daemon/providers/conversation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "daemon/providers/conversation_reader.hpp"
#include "daemon/providers/text.hpp"

namespace byok::providers {
namespace {

// The name may be any text that a caller sent.
constexpr std::size_t longest_shown = 128;

// Asks for a voice, which no other provider's chat has.
bool asks_for_audio(const json::object& request) {
  if (given(request, "audio") != nullptr) return true;
  const json::array* modalities = find_array(request, "modalities");
  return modalities != nullptr && std::ranges::any_of(*modalities, [](const json::value& each) {
           return each.is_string() && each.get_string() == "audio";
         });
}

}  // namespace

std::string Path::text() const {
  if (holder_ == nullptr) return {};
  std::string text = holder_->text();
  if (!text.empty()) text += '.';
  text += member_;
  if (index_) text += fmt::format("[{}]", *index_);
  return text;
}

bool Findings::fail(std::string_view path, std::string_view what) {
  std::string shown = one_line(path, longest_shown);
  error = Error{Errc::bad_request, fmt::format("{} {}", shown, what), shown};
  return false;
}

bool Findings::refuse(std::string_view path) {
  error = unsupported(path);
  return false;
}

void Findings::drop_others(const json::object& object,
                           std::initializer_list<std::string_view> known, const Path& path) {
  for (const auto& [key, value] : object) {
    const std::string_view name = key;
    if (says_nothing(value) || std::ranges::find(known, name) != known.end()) continue;
    dropped.push_back(Path(path, name).text());
  }
}

Result<Conversation> read_conversation(const json::object& request) {
  Conversation conversation;
  Findings findings;
  if (!read_messages(request, conversation, findings) ||
      !read_options(request, conversation.options, findings) ||
      !read_tools(request, conversation, findings)) {
    return std::move(findings.error);
  }
  if (asks_for_audio(request)) return unsupported("audio as an output");
  findings.drop_others(request,
                       {"model",
                        "stream",
                        "stream_options",
                        "messages",
                        "temperature",
                        "top_p",
                        "presence_penalty",
                        "frequency_penalty",
                        "max_tokens",
                        "max_completion_tokens",
                        "n",
                        "seed",
                        "top_logprobs",
                        "logprobs",
                        "parallel_tool_calls",
                        "reasoning_effort",
                        "user",
                        "stop",
                        "response_format",
                        "tools",
                        "tool_choice",
                        "modalities"},
                       Path());
  conversation.dropped = std::move(findings.dropped);
  return conversation;
}

Error unsupported(std::string_view path) {
  std::string shown = one_line(path, longest_shown);
  std::string message = fmt::format(
      "{} cannot be translated for this model's provider: leave it out, or call the provider's own "
      "API through byokd",
      shown);
  // What stands behind the path itself says more about it.
  shown.resize(std::min(shown.find(' '), shown.size()));
  return {Errc::unsupported_parameter, std::move(message), std::move(shown)};
}

}  // namespace byok::providers

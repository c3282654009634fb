// Chat calls in one shape for all providers. The request in the middle is OpenAI's chat-completions
// request as a JSON object; answers and streams become the structs below. Each wire format has its
// own files beneath (openai_*, anthropic_*, gemini_*), this header is what the others see.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/error.hpp"
#include "daemon/providers/format.hpp"
#include "daemon/providers/sse.hpp"
#include "daemon/providers/usage.hpp"

namespace byok::providers {

namespace json = boost::json;

struct RequestHeader {
  std::string_view name;  // Lower case; both point to what outlives the call.
  std::string_view value;
};

// A call to be sent by POST with content-type application/json.
struct UpstreamRequest {
  std::string path;  // With the query; follows the provider's base URL.
  std::string body;
  std::vector<RequestHeader> headers;  // Beside the credential.
  std::vector<std::string> dropped;    // Parameters that the model does not take, by OpenAI's name.
};

// `request` is in OpenAI's shape; its members "model" and "stream" are ignored for the arguments.
// `model` is the provider's name for it, without prefix. Errc::bad_request for a value of the wrong
// type, Errc::unsupported_parameter for what cannot be translated; both name the parameter, and the
// index of its message where it stands in one.
Result<UpstreamRequest> translate_request(Format format, const json::object& request,
                                          std::string_view model, bool stream);

struct ChatChoice {
  std::optional<std::string> text;  // Nothing where the provider sent none.
  std::optional<std::string> refusal;
  std::string reasoning;
  json::array thinking_blocks;       // As thinking_blocks.hpp says, but for the model.
  json::array tool_calls;            // OpenAI's message.tool_calls.
  json::value logprobs;              // OpenAI's choice.logprobs; null where there are none.
  std::string finish_reason;         // OpenAI's word: stop, length, tool_calls, content_filter.
  std::string native_finish_reason;  // The provider's word where OpenAI has none for it.
};

struct ChatAnswer {
  std::string id;
  std::string model;  // As the provider names it; empty where it does not.
  std::vector<ChatChoice> choices;
  Usage usage;
};

// The body of a 2xx answer. Errc::provider_error for anything that is not a complete answer: not
// JSON, an error object, no choices. `request_id`, unique, names the calls of an answer where its
// provider names neither them nor the answer.
Result<ChatAnswer> parse_answer(Format format, std::string_view body, std::string_view request_id);

// The events of a streamed answer, in this order: one StreamStart, deltas of each choice, its
// Finish, one Usage where the provider tells it, one StreamDone. An Error (Errc::provider_error)
// may take the place of anything and is the last event.
struct StreamStart {
  std::string id;
  std::string model;
};
struct ContentDelta {
  std::size_t choice = 0;
  std::string text;
};
struct ReasoningDelta {
  std::size_t choice = 0;
  std::string text;
};
struct RefusalDelta {
  std::size_t choice = 0;
  std::string text;
};
// A thinking block that is complete, behind the ReasoningDeltas of its text.
struct ThinkingBlock {
  std::size_t choice = 0;
  json::object block;  // An element of ChatChoice::thinking_blocks.
};
struct ToolDelta {
  std::size_t choice = 0;
  json::object call;  // One element of OpenAI's delta.tool_calls.
};
struct LogprobsDelta {
  std::size_t choice = 0;
  json::value logprobs;
};
struct Finish {
  std::size_t choice = 0;
  std::string reason;
  std::string native;
};
struct StreamDone {};

using ChatEvent =
    std::variant<StreamStart, ContentDelta, ReasoningDelta, RefusalDelta, ThinkingBlock, ToolDelta,
                 LogprobsDelta, Finish, Usage, Error, StreamDone>;

class StreamReader;

// Turns one provider stream into chat events.
class StreamTranslator {
 public:
  // `request_id`: as for parse_answer.
  StreamTranslator(Format format, std::string_view request_id);
  ~StreamTranslator();
  StreamTranslator(StreamTranslator&&) noexcept;
  StreamTranslator& operator=(StreamTranslator&&) noexcept;

  // Appends to `out`; after the last event (see above) nothing more.
  void feed(const SseEvent& event, std::vector<ChatEvent>& out);
  // The provider closed the stream: a complete one gets its StreamDone, any other an Error.
  void finish(std::vector<ChatEvent>& out);

  // True once StreamDone or an Error was given out.
  bool ended() const;
  // What is known so far, also of a stream that broke off.
  const Usage& usage() const;

 private:
  std::unique_ptr<StreamReader> reader_;
};

}  // namespace byok::providers

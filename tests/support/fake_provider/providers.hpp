// The three providers' answers, with the shapes of their public APIs (OpenAI chat completions,
// Anthropic Messages 2023-06-01, Gemini v1beta generateContent).
#pragma once

#include <boost/json/value.hpp>
#include <optional>
#include <string>

#include "tests/support/fake_provider/answer.hpp"
#include "tests/support/fake_provider/request.hpp"
#include "tests/support/fake_provider/state.hpp"

namespace byok::fake {

// A call whose key is good.
struct ProviderCall {
  const Request& request;
  const std::string& key_sha256;
  const std::optional<Behaviour>& script;
};

namespace openai {
void refuse_key(KeyVerdict verdict, const std::string& key, Answer& answer);
// False where the path is none that this provider knows.
bool respond(const ProviderCall& call, Answer& answer);
}  // namespace openai

namespace anthropic {
void refuse_key(KeyVerdict verdict, const std::string& key, Answer& answer);
bool respond(const ProviderCall& call, Answer& answer);
}  // namespace anthropic

namespace gemini {
void refuse_key(KeyVerdict verdict, const std::string& key, Answer& answer);
bool respond(const ProviderCall& call, Answer& answer);
}  // namespace gemini

// The body as a JSON object; nothing where it is none.
std::optional<boost::json::object> object_of(const Request& request);
// The text of OpenAI's and Anthropic's `content`: a string, or the text parts of an array.
std::string text_of(const boost::json::value& content);
// The text of the last message of role user in OpenAI's and Anthropic's `messages`.
std::string last_user_text(const boost::json::array& messages);
std::string string_member(const boost::json::object& in, std::string_view name);

}  // namespace byok::fake

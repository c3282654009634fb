// A conversation's turns as the contents of Gemini's API.
#pragma once

#include "daemon/providers/conversation.hpp"
#include "daemon/providers/gemini_models.hpp"
#include "daemon/providers/json_writer.hpp"

namespace byok::providers {

// Whether there is any, and the parts that hold it.
bool has_system_text(const Conversation& chat);
void write_system_texts(const Conversation& chat, JsonWriter& out);

// Writes the member "contents"; with the system's text where the model has no other place for it.
// The results of a turn's calls stand in one content, right behind the calls.
// Errc::unsupported_parameter for what Gemini cannot be told, Errc::bad_request where nothing is
// left to say.
Result<void> write_gemini_contents(const Conversation& chat, const GeminiModel& model,
                                   JsonWriter& out);

}  // namespace byok::providers

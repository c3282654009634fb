// A conversation's turns as the contents of Gemini's API.
#pragma once

#include "daemon/providers/conversation.hpp"
#include "daemon/providers/gemini_models.hpp"

namespace byok::providers {

// The results of a turn's calls stand in one content, right behind the calls.
// Errc::unsupported_parameter for what Gemini cannot be told, Errc::bad_request where nothing is
// left to say.
Result<json::array> gemini_contents(const Conversation& chat, const GeminiModel& model);

}  // namespace byok::providers

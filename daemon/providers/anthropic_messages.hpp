// A conversation's turns as the messages of Anthropic's API.
#pragma once

#include "daemon/providers/conversation.hpp"
#include "daemon/providers/json_writer.hpp"

namespace byok::providers {

// Writes the member "messages". `model` as the caller named it: thinking is bound to the model that
// thought. The messages begin with one of the user and change roles each time; each call's result
// follows it at once. Errc::unsupported_parameter for what Anthropic cannot be told,
// Errc::bad_request where nothing is left to say.
Result<void> write_anthropic_messages(const Conversation& chat, std::string_view model,
                                      JsonWriter& out);

}  // namespace byok::providers

// A conversation's turns as the messages of Anthropic's API.
#pragma once

#include "daemon/providers/conversation.hpp"

namespace byok::providers {

// `model` as the caller named it: thinking is bound to the model that thought. The messages begin
// with one of the user and change roles each time; each call's result follows it at once.
// Errc::unsupported_parameter for what Anthropic cannot be told, Errc::bad_request where nothing is
// left to say.
Result<json::array> anthropic_messages(const Conversation& chat, std::string_view model);

}  // namespace byok::providers

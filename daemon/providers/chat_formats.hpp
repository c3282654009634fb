// The functions that each wire format brings; chat.cpp picks among them.
#pragma once

#include <memory>
#include <string_view>

#include "daemon/providers/chat.hpp"
#include "daemon/providers/chat_stream.hpp"

namespace byok::providers {

// See translate_request.
Result<UpstreamRequest> openai_request(const json::object& request, std::string_view model,
                                       bool stream);
Result<UpstreamRequest> anthropic_request(const json::object& request, std::string_view model,
                                          bool stream);
Result<UpstreamRequest> gemini_request(const json::object& request, std::string_view model,
                                       bool stream);

// See parse_answer; `answer` holds no error object.
Result<ChatAnswer> openai_answer(const json::object& answer, std::string_view request_id);
Result<ChatAnswer> anthropic_answer(const json::object& answer, std::string_view request_id);
Result<ChatAnswer> gemini_answer(const json::object& answer, std::string_view request_id);

std::unique_ptr<StreamReader> openai_stream(std::string_view request_id);
std::unique_ptr<StreamReader> anthropic_stream(std::string_view request_id);
std::unique_ptr<StreamReader> gemini_stream(std::string_view request_id);

// The error for an answer that is JSON, yet not what the provider's API promises.
Error malformed_answer(std::string_view what);

}  // namespace byok::providers

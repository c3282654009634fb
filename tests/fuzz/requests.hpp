// What holds of every request that was translated for a provider.
#pragma once

#include <string_view>

#include "common/http1/characters.hpp"
#include "daemon/providers/chat.hpp"
#include "daemon/providers/json_read.hpp"
#include "tests/fuzz/support.hpp"

namespace byok::fuzz {

// Nothing of what a caller names can change where the request goes, or begin another line.
inline void check_request_path(std::string_view path, std::string_view expected_beginning) {
  require(path.starts_with(expected_beginning) && http1::all(path, http1::target_char));
  const std::string_view rest = path.substr(expected_beginning.size());
  require(rest.find('/') == rest.npos);
}

inline void check_chat_request(providers::Format format, const providers::UpstreamRequest& request,
                               std::string_view model, std::size_t asked_size) {
  const auto body = providers::parse_json_object(request.body);
  require(body.has_value());
  // Schemas and texts go on as they are, each character at most as its escape.
  require(request.body.size() <= 64 * 1024 + 16 * asked_size);
  switch (format) {
    case providers::Format::openai:
      require(request.path == "/v1/chat/completions");
      require(providers::find_string(*body, "model") == model);
      break;
    case providers::Format::anthropic:
      require(request.path == "/v1/messages");
      require(providers::find_string(*body, "model") == model);
      require(body->contains("messages") && body->contains("max_tokens"));
      break;
    case providers::Format::gemini:
      check_request_path(request.path, model.starts_with("tunedModels/") ? "/v1beta/tunedModels/"
                                                                         : "/v1beta/models/");
      require(body->contains("contents"));
      break;
  }
}

}  // namespace byok::fuzz

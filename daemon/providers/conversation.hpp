// An OpenAI chat request taken apart and checked, for the providers whose requests are built anew
// from it. What stands in here is all that can be translated; whatever else a request holds is an
// error, so that nothing is lost in silence.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.hpp"
#include "daemon/providers/json_read.hpp"

namespace byok::providers {

enum class Role { user, assistant };

struct TextPart {
  std::string_view text;  // May be empty.
};

struct Turn {
  Role role = Role::user;
  std::size_t index = 0;  // In "messages", for error messages.
  std::vector<TextPart> parts;
};

// Absent and null are the same.
struct ChatOptions {
  std::optional<double> temperature;
  std::optional<double> top_p;
  std::optional<double> presence_penalty;
  std::optional<double> frequency_penalty;
  std::optional<std::int64_t> max_tokens;  // max_completion_tokens where both are given.
  std::optional<std::int64_t> n;
  std::optional<std::int64_t> seed;
  std::vector<std::string_view> stop;
};

// The views point into the request.
struct Conversation {
  std::vector<std::string_view> system;  // Texts of system and developer messages, in order.
  std::vector<Turn> turns;
  ChatOptions options;
};

// Errc::bad_request or Errc::unsupported_parameter, naming the parameter by its path.
Result<Conversation> read_conversation(const json::object& request);

// The error for a parameter that is right in OpenAI's API and has no translation.
Error unsupported(std::string_view parameter);

}  // namespace byok::providers

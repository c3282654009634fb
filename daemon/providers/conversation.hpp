// An OpenAI chat request taken apart and checked, for the providers whose requests are built anew
// from it. What has no place in here is either refused or told as dropped, so that nothing is lost
// in silence. Source: OpenAI's API reference, "Create chat completion".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/error.hpp"
#include "daemon/providers/json_read.hpp"

namespace byok::providers {

struct TextPart {
  std::string_view text;  // May be empty.
};

// An image, a sound or a document: inline, or where it can be fetched from.
struct MediaPart {
  enum class Kind { image, audio, file };
  Kind kind = Kind::image;
  std::string path;         // In the request, for error messages.
  std::string media_type;   // Lower case; for a URL as its extension says, empty where it does not.
  std::string_view base64;  // Empty where `url` stands for it.
  std::string_view url;     // http or https.
  std::string_view filename;  // May be empty.
};

using Part = std::variant<TextPart, MediaPart>;

struct ToolCall {
  std::string_view id;
  std::string_view name;
  json::object arguments;
  std::string_view signature;  // Gemini's thought signature; empty where there is none.
  bool answered = false;       // By a result.
};

struct ToolResult {
  std::size_t call = 0;  // Which of its turn's calls it answers.
  std::vector<std::string_view> texts;
};

enum class Role { user, assistant };

struct Turn {
  Role role = Role::user;
  std::size_t index = 0;  // In "messages", for error messages.
  std::vector<Part> parts;
  // The assistant's alone. Every call has its result, wherever in the conversation that stood.
  std::vector<ToolCall> calls;
  std::vector<ToolResult> results;
  const json::array* thinking_blocks = nullptr;  // Anthropic's; null where there are none.
};

struct Tool {
  std::string path;  // In the request, for error messages.
  std::string_view name;
  std::string_view description;              // May be empty.
  const json::object* parameters = nullptr;  // Null for a function without parameters.
  bool strict = false;
};

struct ToolChoice {
  enum class Mode { none, automatic, required, named };
  Mode mode = Mode::automatic;
  std::string_view name;                                 // Of the named one.
  std::optional<std::vector<std::string_view>> allowed;  // Only these; nothing for all.
};

struct ResponseFormat {
  enum class Kind { text, json_object, json_schema };
  Kind kind = Kind::text;
  const json::object* schema = nullptr;  // Of json_schema.
};

// reasoning_effort, from the least to the most.
enum class Effort { none, minimal, low, medium, high, xhigh, max };

// Absent and null are the same.
struct ChatOptions {
  std::optional<double> temperature;
  std::optional<double> top_p;
  std::optional<double> presence_penalty;
  std::optional<double> frequency_penalty;
  std::optional<std::int64_t> max_tokens;  // max_completion_tokens where both are given.
  std::optional<std::int64_t> n;
  std::optional<std::int64_t> seed;
  std::optional<std::int64_t> top_logprobs;
  std::optional<bool> logprobs;
  std::optional<bool> parallel_tool_calls;
  std::optional<Effort> effort;
  std::optional<std::string_view> user;
  std::vector<std::string_view> stop;
  ResponseFormat response_format;
};

// The views and pointers point into the request.
struct Conversation {
  std::vector<std::string_view> system;  // Texts of system and developer messages, in order.
  std::vector<Turn> turns;
  std::vector<Tool> tools;
  std::optional<ToolChoice> tool_choice;
  ChatOptions options;
  std::vector<std::string> dropped;  // By their paths.
};

// Errc::bad_request or Errc::unsupported_parameter, naming the parameter by its path. OpenAI's old
// functions are to be rewritten before (legacy_functions.hpp).
Result<Conversation> read_conversation(const json::object& request);

// The error for a parameter that is right in OpenAI's API and has no translation.
Error unsupported(std::string_view path);

}  // namespace byok::providers

// The readers that read_conversation() is made of, one for each part of a request.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/providers/conversation.hpp"

namespace byok::providers {

// What was found wrong while reading, and what was left out. Readers return false once an error was
// noted.
struct Findings {
  Error error{Errc::bad_request, {}};
  std::vector<std::string> dropped;

  // "PATH WHAT", for a value that OpenAI would not take either. Always false.
  bool fail(std::string_view path, std::string_view what);
  // For one that only OpenAI takes. Always false.
  bool refuse(std::string_view path);
  // Notes each member of `object` that says something and is not among `known`.
  void drop_others(const json::object& object, std::initializer_list<std::string_view> known,
                   std::string_view path);
};

// Which parts a message of that role may have.
enum class PartKinds { text, text_and_refusal, all };

// A message's `content`: one string or an array of parts.
bool read_content(const json::value& content, PartKinds kinds, const std::string& path,
                  std::vector<Part>& parts, Findings& findings);

bool read_messages(const json::object& request, Conversation& into, Findings& findings);
bool read_options(const json::object& request, ChatOptions& into, Findings& findings);
// "tools" and "tool_choice".
bool read_tools(const json::object& request, Conversation& into, Findings& findings);

}  // namespace byok::providers

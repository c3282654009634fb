// The readers that read_conversation() is made of, one for each part of a request.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/providers/conversation.hpp"

namespace byok::providers {

// Where something stands in a request: made into text for errors only, as most requests have none.
class Path {
 public:
  Path() = default;  // The request itself.
  // `holder` must live as long, as must what `member` views.
  Path(const Path& holder, std::string_view member, std::optional<std::size_t> index = {})
      : holder_(&holder), member_(member), index_(index) {}

  // As in "messages[1].role".
  std::string text() const;
  friend std::string operator+(const Path& path, std::string_view rest) {
    return path.text().append(rest);
  }

 private:
  const Path* holder_ = nullptr;
  std::string_view member_;
  std::optional<std::size_t> index_;
};

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
                   const Path& path);
};

// Which parts a message of that role may have.
enum class PartKinds { text, text_and_refusal, all };

// A message's `content`: one string or an array of parts.
bool read_content(const json::value& content, PartKinds kinds, const Path& path,
                  std::vector<Part>& parts, Findings& findings);

bool read_messages(const json::object& request, Conversation& into, Findings& findings);
bool read_options(const json::object& request, ChatOptions& into, Findings& findings);
// "tools" and "tool_choice".
bool read_tools(const json::object& request, Conversation& into, Findings& findings);

}  // namespace byok::providers

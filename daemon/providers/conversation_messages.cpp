// The messages of a chat request, with each tool's result put to the call that it answers.
#include <fmt/format.h>

#include <unordered_map>
#include <utility>

#include "daemon/providers/conversation_reader.hpp"
#include "daemon/providers/thinking_blocks.hpp"

namespace byok::providers {
namespace {

class MessageReader {
 public:
  MessageReader(Conversation& into, Findings& findings) : into_(into), findings_(findings) {}

  bool read(const json::array& messages) {
    const Path request;
    for (std::size_t i = 0; i < messages.size(); ++i) {
      const Path path(request, "messages", i);
      const json::object* message = messages[i].if_object();
      if (message == nullptr) return findings_.fail(path.text(), "must be an object");
      if (!read_message(*message, i, path)) return false;
    }
    return !into_.turns.empty() ? all_answered()
                                : findings_.fail("messages", "must hold a message of the user");
  }

 private:
  bool read_message(const json::object& message, std::size_t index, const Path& path) {
    const std::string_view role = string_or_empty(message, "role");
    if (role == "system" || role == "developer") return read_system(message, path);
    if (role == "user") return read_user(message, index, path);
    if (role == "assistant") return read_assistant(message, index, path);
    if (role == "tool") return read_result(message, path);
    return findings_.fail(path + ".role", "must be system, developer, user, assistant or tool");
  }

  bool read_texts(const json::object& message, const Path& path,
                  std::vector<std::string_view>& texts) {
    std::vector<Part> parts;
    const json::value* content = given(message, "content");
    if (content == nullptr) {
      return findings_.fail(path + ".content", "must be a string or an array of parts");
    }
    if (!read_content(*content, PartKinds::text, path, parts, findings_)) return false;
    for (const Part& part : parts) texts.push_back(std::get<TextPart>(part).text);
    return true;
  }

  bool read_system(const json::object& message, const Path& path) {
    findings_.drop_others(message, {"role", "content"}, path);
    return read_texts(message, path, into_.system);
  }

  bool read_user(const json::object& message, std::size_t index, const Path& path) {
    const json::value* content = given(message, "content");
    if (content == nullptr) {
      return findings_.fail(path + ".content", "must be a string or an array of parts");
    }
    Turn turn;
    turn.index = index;
    findings_.drop_others(message, {"role", "content"}, path);
    if (!read_content(*content, PartKinds::all, path, turn.parts, findings_)) return false;
    into_.turns.push_back(std::move(turn));
    return true;
  }

  bool read_assistant(const json::object& message, std::size_t index, const Path& path) {
    Turn turn;
    turn.role = Role::assistant;
    turn.index = index;
    const json::value* content = given(message, "content");
    if (content != nullptr &&
        !read_content(*content, PartKinds::text_and_refusal, path, turn.parts, findings_)) {
      return false;
    }
    if (content == nullptr && given(message, "refusal") != nullptr) {
      turn.parts.push_back(TextPart{string_or_empty(message, "refusal")});
    }
    // What byokd adds to answers, and OpenAI's servers, comes back with them: it is no parameter.
    findings_.drop_others(message,
                          {"role", "content", "refusal", "tool_calls", "reasoning_content",
                           "reasoning", "thinking_blocks", "annotations"},
                          path);
    turn.thinking_blocks = find_array(message, "thinking_blocks");
    if (!read_calls(message, path, turn)) return false;
    into_.turns.push_back(std::move(turn));
    return true;
  }

  bool read_calls(const json::object& message, const Path& path, Turn& turn) {
    if (given(message, "tool_calls") == nullptr) return true;
    const json::array* calls = find_array(message, "tool_calls");
    if (calls == nullptr) return findings_.fail(path + ".tool_calls", "must be an array");
    for (std::size_t i = 0; i < calls->size(); ++i) {
      if (!read_call((*calls)[i], Path(path, "tool_calls", i), turn)) return false;
    }
    return true;
  }

  bool read_call(const json::value& value, const Path& path, Turn& turn) {
    const json::object* call = value.if_object();
    if (call == nullptr) return findings_.fail(path.text(), "must be an object");
    if (find_string(*call, "type").value_or("function") != "function") {
      return findings_.refuse(path + " of another type than function");
    }
    ToolCall read;
    read.id = string_or_empty(*call, "id");
    if (read.id.empty()) return findings_.fail(path + ".id", "must be a string that is not empty");
    const Place place{into_.turns.size(), turn.calls.size()};
    auto [latest, is_new] = latest_.try_emplace(read.id, place);
    if (!is_new && latest->second.turn == place.turn) {
      return findings_.fail(path + ".id", "must differ from those of the calls beside it");
    }
    latest->second = place;
    const json::object* function = find_object(*call, "function");
    read.name = function ? string_or_empty(*function, "name") : std::string_view();
    if (read.name.empty()) {
      return findings_.fail(path + ".function.name", "must be a string that is not empty");
    }
    const std::string_view arguments = string_or_empty(*function, "arguments");
    const json::value* any = given(*function, "arguments");
    if (!arguments.empty() || (any != nullptr && !any->is_string())) {
      std::optional<json::value> parsed = parse_json(arguments);
      if (!parsed || !parsed->is_object()) {
        return findings_.fail(path + ".function.arguments", "must be a JSON object as text");
      }
      read.arguments = std::move(parsed->get_object());
    }
    read.signature = signature_of(*call);
    turn.calls.push_back(std::move(read));
    return true;
  }

  bool read_result(const json::object& message, const Path& path) {
    const std::optional<std::string_view> id = find_string(message, "tool_call_id");
    if (!id) return findings_.fail(path + ".tool_call_id", "must be a string");
    findings_.drop_others(message, {"role", "content", "tool_call_id", "name"}, path);
    // The nearest call of that id: some clients number their calls anew in each turn.
    const auto latest = latest_.find(*id);
    if (latest == latest_.end()) {
      return findings_.fail(path + ".tool_call_id", "names no call of a message before it");
    }
    Turn& turn = into_.turns[latest->second.turn];
    ToolCall& call = turn.calls[latest->second.call];
    if (std::exchange(call.answered, true)) {
      return findings_.fail(path + ".tool_call_id", "names a call that was answered already");
    }
    ToolResult result{latest->second.call, {}};
    if (!read_texts(message, path, result.texts)) return false;
    turn.results.push_back(std::move(result));
    return true;
  }

  // As OpenAI asks for.
  bool all_answered() {
    for (const Turn& turn : into_.turns) {
      for (std::size_t i = 0; i < turn.calls.size(); ++i) {
        if (!turn.calls[i].answered) {
          return findings_.fail(fmt::format("messages[{}].tool_calls[{}]", turn.index, i),
                                "must be answered by a message of role tool");
        }
      }
    }
    return true;
  }

  // Where a call stands.
  struct Place {
    std::size_t turn;
    std::size_t call;
  };

  Conversation& into_;
  Findings& findings_;
  std::unordered_map<std::string_view, Place> latest_;  // by id
};

}  // namespace

bool read_messages(const json::object& request, Conversation& into, Findings& findings) {
  const json::array* messages = find_array(request, "messages");
  if (messages == nullptr || messages->empty()) {
    return findings.fail("messages", "must be a non-empty array");
  }
  return MessageReader(into, findings).read(*messages);
}

}  // namespace byok::providers

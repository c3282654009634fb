// The functions that a model may call, and which of them it is to call.
#include <fmt/format.h>

#include <unordered_set>

#include "daemon/providers/conversation_reader.hpp"

namespace byok::providers {
namespace {

constexpr std::string_view wrong_choice =
    "must be none, auto, required or an object of type function";

class ToolReader {
 public:
  ToolReader(const json::object& request, Conversation& into, Findings& findings)
      : request_(request), into_(into), findings_(findings) {}

  bool read() { return read_tools() && read_choice(); }

 private:
  bool read_tools() {
    if (given(request_, "tools") == nullptr) return true;
    const json::array* tools = find_array(request_, "tools");
    if (tools == nullptr) return findings_.fail("tools", "must be an array");
    const Path request;
    for (std::size_t i = 0; i < tools->size(); ++i) {
      if (!read_tool((*tools)[i], Path(request, "tools", i))) return false;
    }
    return true;
  }

  bool read_tool(const json::value& value, const Path& path) {
    const json::object* tool = value.if_object();
    if (tool == nullptr) return findings_.fail(path.text(), "must be an object");
    if (string_or_empty(*tool, "type") != "function") {
      return findings_.refuse(path + " of another type than function");
    }
    const json::object* function = find_object(*tool, "function");
    if (function == nullptr) return findings_.fail(path + ".function", "must be an object");
    Tool read;
    read.name = string_or_empty(*function, "name");
    if (read.name.empty()) {
      return findings_.fail(path + ".function.name", "must be a string that is not empty");
    }
    read.description = string_or_empty(*function, "description");
    if (given(*function, "parameters") != nullptr) {
      read.parameters = find_object(*function, "parameters");
      if (read.parameters == nullptr) {
        return findings_.fail(path + ".function.parameters", "must be an object");
      }
    }
    read.strict = is_true(*function, "strict");
    findings_.drop_others(*function, {"name", "description", "parameters", "strict"},
                          Path(path, "function"));
    declared_.insert(read.name);
    read.path = path.text();
    into_.tools.push_back(std::move(read));
    return true;
  }

  bool is_declared(std::string_view name) const { return declared_.contains(name); }

  bool read_choice() {
    const json::value* value = given(request_, "tool_choice");
    if (value == nullptr) return true;
    if (const json::string* word = value->if_string()) {
      std::optional<ToolChoice::Mode> mode = mode_of(*word);
      if (!mode) return findings_.fail("tool_choice", wrong_choice);
      into_.tool_choice = ToolChoice{*mode, {}, {}};
      return true;
    }
    const json::object* choice = value->if_object();
    if (choice == nullptr) return findings_.fail("tool_choice", wrong_choice);
    const std::string_view type = string_or_empty(*choice, "type");
    if (type == "function") return read_named(*choice);
    if (type == "allowed_tools") return read_allowed(*choice);
    if (type == "custom") return findings_.refuse("tool_choice of type custom");
    return findings_.fail("tool_choice", wrong_choice);
  }

  static std::optional<ToolChoice::Mode> mode_of(std::string_view word) {
    if (word == "none") return ToolChoice::Mode::none;
    if (word == "auto") return ToolChoice::Mode::automatic;
    if (word == "required") return ToolChoice::Mode::required;
    return std::nullopt;
  }

  // The name of a declared function, as {"function":{"name":…}} gives it.
  bool read_name(const json::object& holder, const std::string& path, std::string_view& name) {
    const json::object* function = find_object(holder, "function");
    name = function ? string_or_empty(*function, "name") : std::string_view();
    return is_declared(name) ||
           findings_.fail(path + ".function.name", "must be the name of one of the tools");
  }

  bool read_named(const json::object& choice) {
    ToolChoice& read = into_.tool_choice.emplace();
    read.mode = ToolChoice::Mode::named;
    return read_name(choice, "tool_choice", read.name);
  }

  bool read_allowed(const json::object& choice) {
    const json::object* allowed = find_object(choice, "allowed_tools");
    const json::array* tools = allowed ? find_array(*allowed, "tools") : nullptr;
    if (tools == nullptr) {
      return findings_.fail("tool_choice.allowed_tools.tools", "must be an array");
    }
    const std::optional<ToolChoice::Mode> mode = mode_of(string_or_empty(*allowed, "mode"));
    if (!mode || *mode == ToolChoice::Mode::none) {
      return findings_.fail("tool_choice.allowed_tools.mode", "must be auto or required");
    }
    ToolChoice& read = into_.tool_choice.emplace();
    read.mode = *mode;
    read.allowed.emplace();
    for (std::size_t i = 0; i < tools->size(); ++i) {
      const std::string path = fmt::format("tool_choice.allowed_tools.tools[{}]", i);
      const json::object* tool = (*tools)[i].if_object();
      if (tool == nullptr) return findings_.fail(path, "must be an object");
      if (!read_name(*tool, path, read.allowed->emplace_back())) return false;
    }
    return true;
  }

  const json::object& request_;
  Conversation& into_;
  Findings& findings_;
  std::unordered_set<std::string_view> declared_;
};

}  // namespace

bool read_tools(const json::object& request, Conversation& into, Findings& findings) {
  return ToolReader(request, into, findings).read();
}

}  // namespace byok::providers

#include "daemon/providers/legacy_functions.hpp"

#include <algorithm>
#include <utility>

namespace byok::providers {
namespace {

bool is_legacy(const json::value& message) {
  const json::object* object = message.if_object();
  if (object == nullptr) return false;
  return given(*object, "function_call") != nullptr ||
         string_or_empty(*object, "role") == "function";
}

void rewrite_functions(json::object& request) {
  const json::array* functions = find_array(request, "functions");
  if (functions == nullptr) return;
  json::array tools;
  for (const json::value& each : *functions) {
    tools.push_back({{"type", "function"}, {"function", each}});
  }
  request.erase("functions");
  request["tools"] = std::move(tools);
}

void rewrite_choice(json::object& request) {
  if (given(request, "function_call") == nullptr) return;
  json::value* choice = request.if_contains("function_call");
  if (choice->is_object()) {
    json::value function = std::move(*choice);
    request["tool_choice"] = {{"type", "function"}, {"function", std::move(function)}};
  } else {
    json::value word = std::move(*choice);
    request["tool_choice"] = std::move(word);
  }
  request.erase("function_call");
}

// A call and its result had no id, and each result followed its call.
class MessageRewriter {
 public:
  void rewrite(json::object& message) {
    if (json::object* call = find(message, "function_call")) {
      last_id_ = "call_" + std::to_string(++count_);
      json::object function = std::move(*call);
      message["tool_calls"] =
          json::array{{{"id", last_id_}, {"type", "function"}, {"function", std::move(function)}}};
      message.erase("function_call");
    } else if (string_or_empty(message, "role") == "function") {
      message["role"] = "tool";
      message["tool_call_id"] = last_id_;
    }
  }

 private:
  static json::object* find(json::object& message, std::string_view name) {
    json::value* value = message.if_contains(name);
    return value == nullptr ? nullptr : value->if_object();
  }

  std::size_t count_ = 0;
  std::string last_id_;
};

}  // namespace

bool has_legacy_functions(const json::object& request) {
  if (given(request, "functions") != nullptr || given(request, "function_call") != nullptr)
    return true;
  const json::array* messages = find_array(request, "messages");
  return messages != nullptr && std::ranges::any_of(*messages, is_legacy);
}

json::object without_legacy_functions(const json::object& request) {
  json::object rewritten = request;
  rewrite_functions(rewritten);
  rewrite_choice(rewritten);
  json::value* messages = rewritten.if_contains("messages");
  if (messages == nullptr || !messages->is_array()) return rewritten;
  MessageRewriter rewriter;
  for (json::value& each : messages->get_array()) {
    if (each.is_object()) rewriter.rewrite(each.get_object());
  }
  return rewritten;
}

}  // namespace byok::providers

#include "daemon/providers/conversation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "daemon/providers/text.hpp"

namespace byok::providers {
namespace {

struct NumberParameter {
  std::string_view name;
  std::optional<double> ChatOptions::*field;
};
constexpr std::array numbers = {
    NumberParameter{"temperature", &ChatOptions::temperature},
    NumberParameter{"top_p", &ChatOptions::top_p},
    NumberParameter{"presence_penalty", &ChatOptions::presence_penalty},
    NumberParameter{"frequency_penalty", &ChatOptions::frequency_penalty},
};

struct IntegerParameter {
  std::string_view name;
  std::optional<std::int64_t> ChatOptions::*field;
  std::int64_t least;
};
// In this order, so that the newer name of max_tokens wins.
constexpr std::array integers = {
    IntegerParameter{"max_tokens", &ChatOptions::max_tokens, 0},
    IntegerParameter{"max_completion_tokens", &ChatOptions::max_tokens, 0},
    IntegerParameter{"n", &ChatOptions::n, 1},
    IntegerParameter{"seed", &ChatOptions::seed, std::numeric_limits<std::int64_t>::min()},
};

// Read elsewhere: by this file's other functions, or by the caller of translate_request.
constexpr std::array<std::string_view, 5> others = {"messages", "stop", "model", "stream",
                                                    "stream_options"};

bool is_known(std::string_view name) {
  const auto has_name = [name](const auto& parameter) { return parameter.name == name; };
  return std::ranges::any_of(numbers, has_name) || std::ranges::any_of(integers, has_name) ||
         std::ranges::find(others, name) != others.end();
}

std::string_view view(const json::string& text) { return {text.data(), text.size()}; }

// Reads one request. Each function is false once an error was noted; the first one counts.
class Reader {
 public:
  explicit Reader(const json::object& request) : request_(request) {}

  Result<Conversation> read() {
    if (read_options() && read_stop() && read_messages() && refuse_unknown()) return result_;
    return error_;
  }

 private:
  bool fail(std::string message) {
    error_ = Error{Errc::bad_request, std::move(message)};
    return false;
  }
  bool refuse(std::string_view parameter) {
    error_ = unsupported(parameter);
    return false;
  }

  // Null where the parameter is absent or null.
  const json::value* given(std::string_view name) const {
    const json::value* value = request_.if_contains(name);
    return value == nullptr || value->is_null() ? nullptr : value;
  }

  bool read_options() {
    for (const NumberParameter& each : numbers) {
      const json::value* value = given(each.name);
      if (value == nullptr) continue;
      if (!value->is_number()) return fail(fmt::format("{} must be a number", each.name));
      result_.options.*each.field = value->to_number<double>();
    }
    for (const IntegerParameter& each : integers) {
      const json::value* value = given(each.name);
      if (value == nullptr) continue;
      boost::system::error_code error;
      const auto number = value->to_number<std::int64_t>(error);
      if (error || value->is_double() || number < each.least) {
        return fail(each.least < 0 ? fmt::format("{} must be a whole number", each.name)
                                   : fmt::format("{} must be a whole number of at least {}",
                                                 each.name, each.least));
      }
      result_.options.*each.field = number;
    }
    return true;
  }

  bool read_stop() {
    const json::value* value = given("stop");
    if (value == nullptr) return true;
    if (const json::string* text = value->if_string()) {
      result_.options.stop.push_back(view(*text));
      return true;
    }
    constexpr auto wrong = "stop must be a string or an array of strings";
    if (!value->is_array()) return fail(wrong);
    for (const json::value& each : value->get_array()) {
      if (!each.is_string()) return fail(wrong);
      result_.options.stop.push_back(view(each.get_string()));
    }
    return true;
  }

  bool read_messages() {
    const json::array* messages = find_array(request_, "messages");
    if (messages == nullptr || messages->empty()) {
      return fail("messages must be a non-empty array");
    }
    for (std::size_t i = 0; i < messages->size(); ++i) {
      const std::string path = fmt::format("messages[{}]", i);
      const json::object* message = (*messages)[i].if_object();
      if (message == nullptr) return fail(path + " must be an object");
      if (!read_message(*message, i, path)) return false;
    }
    if (result_.turns.empty()) return fail("messages must hold a message of the user");
    return true;
  }

  bool read_message(const json::object& message, std::size_t index, const std::string& path) {
    for (const auto& [key, value] : message) {
      if (key != "role" && key != "content" && !says_nothing(value)) {
        return refuse(fmt::format("{}.{}", path, std::string_view(key)));
      }
    }
    const std::string_view role = string_or_empty(message, "role");
    std::vector<TextPart> parts;
    const bool content_required = role != "assistant";
    if (role == "tool" || role == "function") return refuse(path + ".role");
    if (!read_content(message, content_required, path, parts)) return false;

    if (role == "system" || role == "developer") {
      for (const TextPart& part : parts) result_.system.push_back(part.text);
    } else if (role == "user") {
      result_.turns.push_back({Role::user, index, std::move(parts)});
    } else if (role == "assistant") {
      result_.turns.push_back({Role::assistant, index, std::move(parts)});
    } else {
      return fail(path + ".role must be system, developer, user, assistant or tool");
    }
    return true;
  }

  bool read_content(const json::object& message, bool required, const std::string& path,
                    std::vector<TextPart>& parts) {
    const json::value* content = message.if_contains("content");
    if (content == nullptr || content->is_null()) {
      return !required || fail(path + ".content must be a string or an array of parts");
    }
    if (const json::string* text = content->if_string()) {
      parts.push_back({view(*text)});
      return true;
    }
    if (!content->is_array()) {
      return fail(path + ".content must be a string or an array of parts");
    }
    const json::array& array = content->get_array();
    for (std::size_t i = 0; i < array.size(); ++i) {
      if (!read_part(array[i], fmt::format("{}.content[{}]", path, i), parts)) return false;
    }
    return true;
  }

  bool read_part(const json::value& value, const std::string& path, std::vector<TextPart>& parts) {
    const json::object* part = value.if_object();
    if (part == nullptr) return fail(path + " must be an object");
    const std::optional<std::string_view> type = find_string(*part, "type");
    if (!type) return fail(path + ".type must be a string");
    if (*type != "text") return refuse(fmt::format("{} of type {}", path, *type));
    const std::optional<std::string_view> text = find_string(*part, "text");
    if (!text) return fail(path + ".text must be a string");
    for (const auto& [key, member] : *part) {
      if (key != "type" && key != "text" && !says_nothing(member)) {
        return refuse(fmt::format("{}.{}", path, std::string_view(key)));
      }
    }
    parts.push_back({*text});
    return true;
  }

  bool refuse_unknown() {
    for (const auto& [key, value] : request_) {
      if (!is_known(key) && !says_nothing(value)) return refuse(key);
    }
    return true;
  }

  const json::object& request_;
  Conversation result_;
  Error error_{Errc::bad_request, {}};
};

}  // namespace

Result<Conversation> read_conversation(const json::object& request) {
  return Reader(request).read();
}

Error unsupported(std::string_view parameter) {
  // The name may be any text that a caller sent.
  constexpr std::size_t max_shown = 128;
  return {Errc::unsupported_parameter,
          fmt::format("{} cannot be translated for this model's provider: leave it out, or call "
                      "the provider's own API through byokd",
                      one_line(parameter, max_shown))};
}

}  // namespace byok::providers

// The parameters of a chat request that stand beside its messages and tools.
#include <fmt/format.h>

#include <array>
#include <limits>

#include "daemon/providers/conversation_reader.hpp"

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
    IntegerParameter{"top_logprobs", &ChatOptions::top_logprobs, 0},
};

struct FlagParameter {
  std::string_view name;
  std::optional<bool> ChatOptions::*field;
};
constexpr std::array flags = {
    FlagParameter{"logprobs", &ChatOptions::logprobs},
    FlagParameter{"parallel_tool_calls", &ChatOptions::parallel_tool_calls},
};

// In the order of the enumerators.
constexpr std::array<std::string_view, 7> efforts = {"none", "minimal", "low", "medium",
                                                     "high", "xhigh",   "max"};

class OptionReader {
 public:
  OptionReader(const json::object& request, ChatOptions& into, Findings& findings)
      : request_(request), into_(into), findings_(findings) {}

  bool read() {
    return read_numbers() && read_integers() && read_flags() && read_user() && read_effort() &&
           read_stop() && read_response_format();
  }

 private:
  bool read_numbers() {
    for (const NumberParameter& each : numbers) {
      const json::value* value = given(request_, each.name);
      if (value == nullptr) continue;
      if (!value->is_number()) return findings_.fail(each.name, "must be a number");
      into_.*each.field = value->to_number<double>();
    }
    return true;
  }

  bool read_integers() {
    for (const IntegerParameter& each : integers) {
      const json::value* value = given(request_, each.name);
      if (value == nullptr) continue;
      boost::system::error_code error;
      const auto number = value->to_number<std::int64_t>(error);
      if (error || value->is_double() || number < each.least) {
        return findings_.fail(
            each.name, each.least < 0
                           ? std::string("must be a whole number")
                           : fmt::format("must be a whole number of at least {}", each.least));
      }
      into_.*each.field = number;
    }
    return true;
  }

  bool read_flags() {
    for (const FlagParameter& each : flags) {
      const json::value* value = given(request_, each.name);
      if (value == nullptr) continue;
      if (!value->is_bool()) return findings_.fail(each.name, "must be true or false");
      into_.*each.field = value->get_bool();
    }
    return true;
  }

  bool read_user() {
    if (given(request_, "user") == nullptr) return true;
    into_.user = find_string(request_, "user");
    return into_.user || findings_.fail("user", "must be a string");
  }

  bool read_effort() {
    if (given(request_, "reasoning_effort") == nullptr) return true;
    const std::string_view word = string_or_empty(request_, "reasoning_effort");
    for (std::size_t i = 0; i < efforts.size(); ++i) {
      if (efforts[i] == word) into_.effort = static_cast<Effort>(i);
    }
    return into_.effort || findings_.fail("reasoning_effort",
                                          "must be none, minimal, low, medium, high, xhigh or max");
  }

  bool read_stop() {
    const json::value* value = given(request_, "stop");
    if (value == nullptr) return true;
    const auto add = [this](const json::value& each) {
      if (!each.is_string()) return false;
      into_.stop.emplace_back(each.get_string().data(), each.get_string().size());
      return true;
    };
    constexpr auto wrong = "must be a string or an array of strings";
    if (!value->is_array()) return add(*value) || findings_.fail("stop", wrong);
    for (const json::value& each : value->get_array()) {
      if (!add(each)) return findings_.fail("stop", wrong);
    }
    return true;
  }

  bool read_response_format() {
    if (given(request_, "response_format") == nullptr) return true;
    const json::object* format = find_object(request_, "response_format");
    const std::string_view type = format ? string_or_empty(*format, "type") : std::string_view();
    if (type == "text") return true;
    if (type == "json_object") {
      into_.response_format.kind = ResponseFormat::Kind::json_object;
      return true;
    }
    if (type != "json_schema") {
      return findings_.fail("response_format.type", "must be text, json_object or json_schema");
    }
    into_.response_format.kind = ResponseFormat::Kind::json_schema;
    const json::object* schema = find_object(*format, "json_schema");
    into_.response_format.schema = schema ? find_object(*schema, "schema") : nullptr;
    return into_.response_format.schema ||
           findings_.fail("response_format.json_schema.schema", "must be an object");
  }

  const json::object& request_;
  ChatOptions& into_;
  Findings& findings_;
};

}  // namespace

bool read_options(const json::object& request, ChatOptions& into, Findings& findings) {
  return OptionReader(request, into, findings).read();
}

}  // namespace byok::providers

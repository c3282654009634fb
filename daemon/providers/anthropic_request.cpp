// Chat requests to Anthropic's Messages API.
#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "daemon/providers/anthropic_messages.hpp"
#include "daemon/providers/anthropic_models.hpp"
#include "daemon/providers/chat_formats.hpp"
#include "daemon/providers/conversation.hpp"
#include "daemon/providers/json_schema.hpp"
#include "daemon/providers/text.hpp"

namespace byok::providers {
namespace {

// The version whose parameters the translation writes; newer ones refuse sampling on every model.
constexpr RequestHeader version_header = {"anthropic-version", "2023-06-01"};

// Anthropic has no mode for JSON without a schema.
constexpr std::string_view ask_for_json = "Reply with one JSON object only.";

// Tokens to think with, for the models that count them; in the order of Effort.
constexpr std::array<std::int64_t, 7> budgets = {0, 1024, 2048, 8192, 16384, 32768, 32768};
constexpr std::int64_t least_budget = 1024;

// Words of output_config.effort; in the order of Effort.
constexpr std::array<std::string_view, 7> effort_words = {"low",  "low",   "low", "medium",
                                                          "high", "xhigh", "max"};

class RequestWriter {
 public:
  RequestWriter(const Conversation& chat, std::string_view model)
      : chat_(chat), options_(chat.options), model_(anthropic_model(model)) {
    body_["model"] = model;
    dropped_ = chat.dropped;
  }

  Result<json::object> write(json::array messages, bool stream) {
    if (options_.n.value_or(1) != 1) return unsupported("n");
    body_["max_tokens"] = options_.max_tokens.value_or(model_.max_output);
    if (std::string system = system_text(); !system.empty()) body_["system"] = system;
    body_["messages"] = std::move(messages);
    write_thinking();
    write_format();
    write_sampling();
    write_stop();
    write_tools();
    if (options_.user) body_["metadata"] = {{"user_id", *options_.user}};
    drop_foreign();
    if (stream) body_["stream"] = true;
    return std::move(body_);
  }

  std::vector<std::string> dropped() { return std::move(dropped_); }

 private:
  std::string system_text() const {
    std::string joined;
    const auto add = [&joined](std::string_view text) {
      if (is_blank(text)) return;
      if (!joined.empty()) joined += '\n';
      joined += text;
    };
    for (std::string_view text : chat_.system) add(text);
    if (options_.response_format.kind == ResponseFormat::Kind::json_object) add(ask_for_json);
    return joined;
  }

  void write_thinking() {
    using Thinking = AnthropicModel::Thinking;
    if (!options_.effort) return;
    const auto effort = static_cast<std::size_t>(*options_.effort);
    if (*options_.effort == Effort::none && !model_.thinks_always) {
      if (model_.thinking == Thinking::adaptive) body_["thinking"] = {{"type", "disabled"}};
    } else if (model_.thinking == Thinking::adaptive) {
      json::object& thinking = body_["thinking"].emplace_object();
      thinking["type"] = "adaptive";
      if (model_.hides_thinking) thinking["display"] = "summarized";
      output_config()["effort"] = effort_words[effort];
      thinks_ = true;
    } else if (model_.thinking == Thinking::budget) {
      // What is thought counts as output, of which something must be left.
      const std::int64_t most = body_["max_tokens"].as_int64() - 1;
      const std::int64_t budget = std::min(budgets[effort], most);
      if (budget < least_budget) return drop("reasoning_effort");
      body_["thinking"] = {{"type", "enabled"}, {"budget_tokens", budget}};
      thinks_ = true;
    } else {
      drop("reasoning_effort");
    }
  }

  void write_format() {
    if (options_.response_format.kind != ResponseFormat::Kind::json_schema) return;
    output_config()["format"] = {
        {"type", "json_schema"},
        {"schema", schema_for_anthropic(*options_.response_format.schema)}};
  }

  // A model that thinks samples in its own way.
  void write_sampling() {
    const bool allowed = model_.sampling && !thinks_;
    if (options_.temperature && allowed) {
      constexpr double highest = 1;
      body_["temperature"] = std::min(*options_.temperature, highest);
    } else if (options_.temperature) {
      drop("temperature");
    }
    if (options_.top_p && allowed && !options_.temperature) {
      body_["top_p"] = *options_.top_p;
    } else if (options_.top_p) {
      drop("top_p");
    }
  }

  void write_stop() {
    json::array sequences;
    for (std::string_view each : options_.stop) {
      if (!is_blank(each)) sequences.push_back(json::string(each));
    }
    if (sequences.size() != options_.stop.size()) drop("stop");
    if (!sequences.empty()) body_["stop_sequences"] = std::move(sequences);
  }

  void write_tools() {
    const bool only_some = chat_.tool_choice && chat_.tool_choice->allowed;
    std::set<std::string_view> allowed;
    if (only_some)
      allowed.insert(chat_.tool_choice->allowed->begin(), chat_.tool_choice->allowed->end());
    json::array tools;
    for (const Tool& tool : chat_.tools) {
      if (!only_some || allowed.contains(tool.name)) tools.push_back(tool_value(tool));
    }
    if (tools.empty()) return;
    body_["tools"] = std::move(tools);
    if (json::object choice = choice_value(); !choice.empty()) {
      body_["tool_choice"] = std::move(choice);
    }
  }

  static json::object tool_value(const Tool& tool) {
    json::object value = {{"name", tool.name}};
    if (!tool.description.empty()) value["description"] = tool.description;
    const json::object nothing = {{"type", "object"}, {"properties", json::object()}};
    const json::object& parameters = tool.parameters ? *tool.parameters : nothing;
    value["input_schema"] = tool.strict ? schema_for_anthropic(parameters) : parameters;
    if (tool.strict) value["strict"] = true;
    return value;
  }

  json::object choice_value() {
    using Mode = ToolChoice::Mode;
    json::object choice;
    const Mode asked = chat_.tool_choice ? chat_.tool_choice->mode : Mode::automatic;
    const bool forces = asked == Mode::required || asked == Mode::named;
    const bool thinks_by_budget = thinks_ && model_.thinking == AnthropicModel::Thinking::budget;
    if (forces && (model_.refuses_forcing || thinks_by_budget)) {
      drop("tool_choice");
      choice["type"] = "auto";
    } else if (asked == Mode::none) {
      choice["type"] = "none";
    } else if (asked == Mode::required) {
      choice["type"] = "any";
    } else if (asked == Mode::named) {
      choice["type"] = "tool";
      choice["name"] = chat_.tool_choice->name;
    } else if (chat_.tool_choice) {
      choice["type"] = "auto";
    }
    if (!options_.parallel_tool_calls.value_or(true) && asked != Mode::none) {
      if (choice.empty()) choice["type"] = "auto";
      choice["disable_parallel_tool_use"] = true;
    }
    return choice;
  }

  // What asks for no more than happens anyway is not lost.
  void drop_foreign() {
    if (options_.seed) drop("seed");
    if (options_.presence_penalty.value_or(0) != 0) drop("presence_penalty");
    if (options_.frequency_penalty.value_or(0) != 0) drop("frequency_penalty");
    if (options_.logprobs.value_or(false)) drop("logprobs");
    if (options_.top_logprobs.value_or(0) != 0) drop("top_logprobs");
  }

  void drop(std::string_view name) { dropped_.emplace_back(name); }

  json::object& output_config() {
    json::value& config = body_["output_config"];
    return config.is_object() ? config.get_object() : config.emplace_object();
  }

  const Conversation& chat_;
  const ChatOptions& options_;
  AnthropicModel model_;
  json::object body_;
  std::vector<std::string> dropped_;
  bool thinks_ = false;
};

}  // namespace

Result<UpstreamRequest> anthropic_request(const json::object& request, std::string_view model,
                                          bool stream) {
  const Result<Conversation> chat = read_conversation(request);
  if (!chat) return chat.error();
  Result<json::array> messages = anthropic_messages(*chat, model);
  if (!messages) return messages.error();
  RequestWriter writer(*chat, model);
  Result<json::object> body = writer.write(std::move(*messages), stream);
  if (!body) return body.error();
  return UpstreamRequest{.path = "/v1/messages",
                         .body = to_text(*body),
                         .headers = {version_header},
                         .dropped = writer.dropped()};
}

}  // namespace byok::providers

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
      : chat_(chat),
        options_(chat.options),
        name_(model),
        model_(anthropic_model(model)),
        max_tokens_(options_.max_tokens.value_or(model_.max_output)),
        dropped_(chat.dropped) {}

  Result<void> write(bool stream) {
    body_.begin_object();
    body_.member("model", name_);
    body_.member("max_tokens", max_tokens_);
    if (std::string system = system_text(); !system.empty()) body_.member("system", system);
    if (Result<void> messages = write_anthropic_messages(chat_, name_, body_); !messages) {
      return messages;
    }
    if (options_.n.value_or(1) != 1) return unsupported("n");
    write_thinking();
    write_output_config();
    write_sampling();
    write_stop();
    write_tools();
    if (options_.user) {
      body_.begin_object("metadata");
      body_.member("user_id", *options_.user);
      body_.end_object();
    }
    drop_foreign();
    if (stream) body_.member("stream", true);
    body_.end_object();
    return {};
  }

  std::string body() { return body_.take(); }
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
      if (model_.thinking == Thinking::adaptive) {
        begin_thinking("disabled");
        body_.end_object();
      }
    } else if (model_.thinking == Thinking::adaptive) {
      begin_thinking("adaptive");
      if (model_.hides_thinking) body_.member("display", "summarized");
      body_.end_object();
      effort_word_ = effort_words[effort];
      thinks_ = true;
    } else if (model_.thinking == Thinking::budget) {
      // What is thought counts as output, of which something must be left.
      const std::int64_t budget = std::min(budgets[effort], max_tokens_ - 1);
      if (budget < least_budget) return drop("reasoning_effort");
      begin_thinking("enabled");
      body_.member("budget_tokens", budget);
      body_.end_object();
      thinks_ = true;
    } else {
      drop("reasoning_effort");
    }
  }

  void begin_thinking(std::string_view type) {
    body_.begin_object("thinking");
    body_.member("type", type);
  }

  void write_output_config() {
    const bool has_schema = options_.response_format.kind == ResponseFormat::Kind::json_schema;
    if (!effort_word_ && !has_schema) return;
    body_.begin_object("output_config");
    body_.member_if_any("effort", effort_word_);
    if (has_schema) {
      body_.begin_object("format");
      body_.member("type", "json_schema");
      body_.member("schema", schema_for_anthropic(*options_.response_format.schema));
      body_.end_object();
    }
    body_.end_object();
  }

  // A model that thinks samples in its own way.
  void write_sampling() {
    const bool allowed = model_.sampling && !thinks_;
    if (options_.temperature && allowed) {
      constexpr double highest = 1;
      body_.member("temperature", std::min(*options_.temperature, highest));
    } else if (options_.temperature) {
      drop("temperature");
    }
    if (options_.top_p && allowed && !options_.temperature) {
      body_.member("top_p", *options_.top_p);
    } else if (options_.top_p) {
      drop("top_p");
    }
  }

  void write_stop() {
    std::vector<std::string_view> sequences = options_.stop;
    std::erase_if(sequences, is_blank);
    if (sequences.size() != options_.stop.size()) drop("stop");
    if (sequences.empty()) return;
    body_.begin_array("stop_sequences");
    for (std::string_view each : sequences) body_.value(each);
    body_.end_array();
  }

  void write_tools() {
    const bool only_some = chat_.tool_choice && chat_.tool_choice->allowed;
    std::set<std::string_view> allowed;
    if (only_some)
      allowed.insert(chat_.tool_choice->allowed->begin(), chat_.tool_choice->allowed->end());
    const auto is_allowed = [&](const Tool& tool) {
      return !only_some || allowed.contains(tool.name);
    };
    if (std::ranges::none_of(chat_.tools, is_allowed)) return;
    body_.begin_array("tools");
    for (const Tool& tool : chat_.tools) {
      if (is_allowed(tool)) write_tool(tool);
    }
    body_.end_array();
    if (json::object choice = choice_value(); !choice.empty()) body_.member("tool_choice", choice);
  }

  void write_tool(const Tool& tool) {
    static const json::object nothing = {{"type", "object"}, {"properties", json::object()}};
    const json::object& parameters = tool.parameters ? *tool.parameters : nothing;
    body_.begin_object();
    body_.member("name", tool.name);
    if (!tool.description.empty()) body_.member("description", tool.description);
    if (tool.strict) {
      body_.member("input_schema", schema_for_anthropic(parameters));
      body_.member("strict", true);
    } else {
      body_.member("input_schema", parameters);
    }
    body_.end_object();
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

  const Conversation& chat_;
  const ChatOptions& options_;
  std::string_view name_;
  AnthropicModel model_;
  std::int64_t max_tokens_;
  JsonWriter body_;
  std::vector<std::string> dropped_;
  bool thinks_ = false;
  std::optional<std::string_view> effort_word_;  // For those that think by it.
};

}  // namespace

Result<UpstreamRequest> anthropic_request(const json::object& request, std::string_view model,
                                          bool stream) {
  const Result<Conversation> chat = read_conversation(request);
  if (!chat) return chat.error();
  RequestWriter writer(*chat, model);
  if (Result<void> written = writer.write(stream); !written) return written.error();
  return UpstreamRequest{.path = "/v1/messages",
                         .body = writer.body(),
                         .headers = {version_header},
                         .dropped = writer.dropped()};
}

}  // namespace byok::providers

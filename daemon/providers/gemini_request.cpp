// Chat requests to Gemini's generateContent.
#include <algorithm>
#include <array>
#include <utility>

#include "daemon/providers/chat_formats.hpp"
#include "daemon/providers/conversation.hpp"
#include "daemon/providers/gemini_contents.hpp"
#include "daemon/providers/json_schema.hpp"
#include "daemon/providers/text.hpp"

namespace byok::providers {
namespace {

// thinkingConfig's words and tokens; in the order of Effort.
constexpr std::array<std::string_view, 7> levels = {"MINIMAL", "MINIMAL", "LOW", "MEDIUM",
                                                    "HIGH",    "HIGH",    "HIGH"};
constexpr std::array<std::int64_t, 7> budgets = {0, 512, 1024, 8192, 24576, 24576, 24576};

class RequestWriter {
 public:
  RequestWriter(const Conversation& chat, const GeminiModel& model)
      : chat_(chat), options_(chat.options), model_(model), dropped_(chat.dropped) {}

  Result<void> write() {
    body_.begin_object();
    if (model_.system_instruction && has_system_text(chat_)) {
      body_.begin_object("systemInstruction");
      body_.begin_array("parts");
      write_system_texts(chat_, body_);
      body_.end_array();
      body_.end_object();
    }
    if (Result<void> contents = write_gemini_contents(chat_, model_, body_); !contents) {
      return contents;
    }
    if (Result<void> tools = write_tools(); !tools) return tools;
    if (Result<void> config = write_config(); !config) return config;
    if (!options_.parallel_tool_calls.value_or(true)) drop("parallel_tool_calls");
    if (options_.user) drop("user");
    body_.end_object();
    return {};
  }

  std::string body() { return body_.take(); }
  std::vector<std::string> dropped() { return std::move(dropped_); }

 private:
  Result<void> write_tools() {
    if (chat_.tools.empty()) return {};
    body_.begin_array("tools");
    body_.begin_object();
    body_.begin_array("functionDeclarations");
    for (const Tool& tool : chat_.tools) {
      // OpenAI's names may begin with what Google's may not.
      const char first = to_lower(tool.name.front());
      if ((first < 'a' || first > 'z') && first != '_') {
        return unsupported(tool.path + ".function.name that begins with no letter");
      }
      body_.begin_object();
      body_.member("name", tool.name);
      if (!tool.description.empty()) body_.member("description", tool.description);
      if (tool.parameters != nullptr) body_.member("parametersJsonSchema", *tool.parameters);
      body_.end_object();
    }
    body_.end_array();
    body_.end_object();
    body_.end_array();
    if (json::object config = calling_config(); !config.empty()) {
      body_.begin_object("toolConfig");
      body_.member("functionCallingConfig", config);
      body_.end_object();
    }
    return {};
  }

  json::object calling_config() const {
    using Mode = ToolChoice::Mode;
    const Mode asked = chat_.tool_choice ? chat_.tool_choice->mode : Mode::automatic;
    const bool only_some = chat_.tool_choice && chat_.tool_choice->allowed;
    const bool strict = std::ranges::any_of(chat_.tools, &Tool::strict);
    json::object config;
    json::array names;
    if (asked == Mode::none) {
      config["mode"] = "NONE";
    } else if (asked == Mode::required) {
      config["mode"] = "ANY";
    } else if (asked == Mode::named) {
      config["mode"] = "ANY";
      names.push_back(json::string(chat_.tool_choice->name));
    } else if (strict || only_some) {
      // The calls are held to the declared schemas.
      config["mode"] = "VALIDATED";
    } else if (chat_.tool_choice) {
      config["mode"] = "AUTO";
    }
    if (only_some) {
      for (std::string_view each : *chat_.tool_choice->allowed) names.push_back(json::string(each));
    }
    if (!names.empty()) config["allowedFunctionNames"] = std::move(names);
    return config;
  }

  Result<void> write_config() {
    const std::size_t before = body_.size();
    body_.begin_object("generationConfig");
    const std::size_t begun = body_.size();
    write_sampling();
    write_thinking();
    if (Result<void> format = write_format(); !format) return format;
    body_.size() == begun ? body_.back_to(before) : body_.end_object();
    return {};
  }

  void write_sampling() {
    body_.member_if_any("temperature", options_.temperature);
    body_.member_if_any("topP", options_.top_p);
    body_.member_if_any("candidateCount", options_.n);
    body_.member_if_any("maxOutputTokens", options_.max_tokens);
    if (!options_.stop.empty()) {
      body_.begin_array("stopSequences");
      for (std::string_view each : options_.stop) body_.value(each);
      body_.end_array();
    }
    body_.member_if_any("seed", options_.seed);
    write_penalty("presence_penalty", options_.presence_penalty, "presencePenalty");
    write_penalty("frequency_penalty", options_.frequency_penalty, "frequencyPenalty");
    body_.member_if_any("responseLogprobs", options_.logprobs);
    body_.member_if_any("logprobs", options_.top_logprobs);
  }

  void write_penalty(std::string_view name, std::optional<double> penalty,
                     std::string_view member) {
    if (model_.penalties) {
      body_.member_if_any(member, penalty);
    } else if (penalty.value_or(0) != 0) {
      drop(name);
    }
  }

  void write_thinking() {
    using Thinking = GeminiModel::Thinking;
    if (!options_.effort) return;
    if (model_.thinking == Thinking::none) {
      if (*options_.effort != Effort::none) drop("reasoning_effort");
      return;
    }
    const auto effort = static_cast<std::size_t>(*options_.effort);
    body_.begin_object("thinkingConfig");
    if (*options_.effort != Effort::none) body_.member("includeThoughts", true);
    if (model_.thinking == Thinking::level) {
      body_.member("thinkingLevel", levels[effort]);
    } else {
      body_.member("thinkingBudget", std::max(budgets[effort], model_.least_budget));
    }
    body_.end_object();
  }

  Result<void> write_format() {
    using Kind = ResponseFormat::Kind;
    const ResponseFormat& format = options_.response_format;
    if (format.kind == Kind::text) return {};
    if (!chat_.tools.empty() && !model_.schema_beside_tools) {
      return unsupported("response_format beside tools");
    }
    body_.member("responseMimeType", "application/json");
    if (format.kind == Kind::json_schema) {
      body_.member("responseJsonSchema", schema_for_gemini(*format.schema));
    }
    return {};
  }

  void drop(std::string_view name) { dropped_.emplace_back(name); }

  const Conversation& chat_;
  const ChatOptions& options_;
  const GeminiModel& model_;
  JsonWriter body_;
  std::vector<std::string> dropped_;
};

}  // namespace

Result<UpstreamRequest> gemini_request(const json::object& request, std::string_view name,
                                       bool stream) {
  const Result<Conversation> chat = read_conversation(request);
  if (!chat) return chat.error();
  const GeminiModel model = gemini_model(name);
  RequestWriter writer(*chat, model);
  if (Result<void> written = writer.write(); !written) return written.error();
  return UpstreamRequest{
      .path = gemini_path(name, stream ? "streamGenerateContent?alt=sse" : "generateContent"),
      .body = writer.body(),
      .headers = {},
      .dropped = writer.dropped()};
}

}  // namespace byok::providers

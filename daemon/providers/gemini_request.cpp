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

json::array write_system(const std::vector<std::string_view>& texts) {
  json::array parts;
  for (std::string_view text : texts) {
    if (!text.empty()) parts.push_back(json::object{{"text", text}});
  }
  return parts;
}

// Gemma models have no system instruction: its text goes in front of the user's first words.
void prepend(json::array system, json::array& contents) {
  json::object& first = contents.front().get_object();
  if (first["role"] != "user") {
    contents.insert(contents.begin(), json::object{{"role", "user"}, {"parts", std::move(system)}});
    return;
  }
  json::array& parts = first["parts"].get_array();
  for (json::value& part : parts) system.push_back(std::move(part));
  parts = std::move(system);
}

// thinkingConfig's words and tokens; in the order of Effort.
constexpr std::array<std::string_view, 7> levels = {"MINIMAL", "MINIMAL", "LOW", "MEDIUM",
                                                    "HIGH",    "HIGH",    "HIGH"};
constexpr std::array<std::int64_t, 7> budgets = {0, 512, 1024, 8192, 24576, 24576, 24576};

class RequestWriter {
 public:
  RequestWriter(const Conversation& chat, const GeminiModel& model)
      : chat_(chat), options_(chat.options), model_(model), dropped_(chat.dropped) {}

  Result<json::object> write(json::array contents) {
    if (json::array system = write_system(chat_.system); !system.empty()) {
      if (model_.system_instruction) {
        body_["systemInstruction"] = {{"parts", std::move(system)}};
      } else {
        prepend(std::move(system), contents);
      }
    }
    body_["contents"] = std::move(contents);
    if (Result<void> tools = write_tools(); !tools) return tools.error();
    write_sampling();
    write_thinking();
    if (Result<void> format = write_format(); !format) return format.error();
    if (!config_.empty()) body_["generationConfig"] = std::move(config_);
    if (!options_.parallel_tool_calls.value_or(true)) drop("parallel_tool_calls");
    if (options_.user) drop("user");
    return std::move(body_);
  }

  std::vector<std::string> dropped() { return std::move(dropped_); }

 private:
  Result<void> write_tools() {
    json::array declarations;
    for (const Tool& tool : chat_.tools) {
      // OpenAI's names may begin with what Google's may not.
      const char first = to_lower(tool.name.front());
      if ((first < 'a' || first > 'z') && first != '_') {
        return unsupported(tool.path + ".function.name that begins with no letter");
      }
      json::object declaration = {{"name", tool.name}};
      if (!tool.description.empty()) declaration["description"] = tool.description;
      if (tool.parameters != nullptr) declaration["parametersJsonSchema"] = *tool.parameters;
      declarations.push_back(std::move(declaration));
    }
    if (declarations.empty()) return {};
    body_["tools"] = json::array{{{"functionDeclarations", std::move(declarations)}}};
    if (json::object config = calling_config(); !config.empty()) {
      body_["toolConfig"] = {{"functionCallingConfig", std::move(config)}};
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

  void write_sampling() {
    if (options_.temperature) config_["temperature"] = *options_.temperature;
    if (options_.top_p) config_["topP"] = *options_.top_p;
    if (options_.n) config_["candidateCount"] = *options_.n;
    if (options_.max_tokens) config_["maxOutputTokens"] = *options_.max_tokens;
    if (!options_.stop.empty()) {
      json::array& sequences = config_["stopSequences"].emplace_array();
      for (std::string_view each : options_.stop) sequences.push_back(json::string(each));
    }
    if (options_.seed) config_["seed"] = *options_.seed;
    write_penalty("presence_penalty", options_.presence_penalty, "presencePenalty");
    write_penalty("frequency_penalty", options_.frequency_penalty, "frequencyPenalty");
    if (options_.logprobs) config_["responseLogprobs"] = *options_.logprobs;
    if (options_.top_logprobs) config_["logprobs"] = *options_.top_logprobs;
  }

  void write_penalty(std::string_view name, std::optional<double> penalty,
                     std::string_view member) {
    if (!penalty) return;
    if (model_.penalties) {
      config_[member] = *penalty;
    } else if (*penalty != 0) {
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
    json::object& thinking = config_["thinkingConfig"].emplace_object();
    if (*options_.effort != Effort::none) thinking["includeThoughts"] = true;
    if (model_.thinking == Thinking::level) {
      thinking["thinkingLevel"] = levels[effort];
    } else {
      thinking["thinkingBudget"] = std::max(budgets[effort], model_.least_budget);
    }
  }

  Result<void> write_format() {
    using Kind = ResponseFormat::Kind;
    const ResponseFormat& format = options_.response_format;
    if (format.kind == Kind::text) return {};
    if (!chat_.tools.empty() && !model_.schema_beside_tools) {
      return unsupported("response_format beside tools");
    }
    config_["responseMimeType"] = "application/json";
    if (format.kind == Kind::json_schema) {
      config_["responseJsonSchema"] = schema_for_gemini(*format.schema);
    }
    return {};
  }

  void drop(std::string_view name) { dropped_.emplace_back(name); }

  const Conversation& chat_;
  const ChatOptions& options_;
  const GeminiModel& model_;
  json::object body_;
  json::object config_;
  std::vector<std::string> dropped_;
};

}  // namespace

Result<UpstreamRequest> gemini_request(const json::object& request, std::string_view name,
                                       bool stream) {
  const Result<Conversation> chat = read_conversation(request);
  if (!chat) return chat.error();
  const GeminiModel model = gemini_model(name);
  Result<json::array> contents = gemini_contents(*chat, model);
  if (!contents) return contents.error();
  RequestWriter writer(*chat, model);
  Result<json::object> body = writer.write(std::move(*contents));
  if (!body) return body.error();
  return UpstreamRequest{
      .path = gemini_path(name, stream ? "streamGenerateContent?alt=sse" : "generateContent"),
      .body = to_text(*body),
      .headers = {},
      .dropped = writer.dropped()};
}

}  // namespace byok::providers

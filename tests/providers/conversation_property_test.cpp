// Random conversations in OpenAI's format, translated, and read again by readers that know nothing
// of the translator: the same texts, calls, ids and results come out in the same order.
#include <doctest/doctest.h>

#include <algorithm>
#include <boost/json/value_to.hpp>
#include <random>

#include "tests/providers/support.hpp"

using namespace byok::providers;
using namespace byok::providers::test;

namespace {

// What a conversation says, one line an item.
using Story = std::vector<std::string>;

struct Generated {
  json::object request;
  Story story;
};

class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  Generated make() {
    Generated made;
    made.request["max_tokens"] = 1;
    json::array& messages = made.request["messages"].emplace_array();
    if (chance(3)) messages.push_back({{"role", "system"}, {"content", "be brief"}});
    const int turns = 1 + number(4);
    for (int i = 0; i < turns; ++i) {
      add_user(messages, made.story);
      if (chance(2)) add_calls(messages, made.story);
      if (chance(2)) add_assistant(messages, made.story);
    }
    add_user(messages, made.story);
    return made;
  }

 private:
  int number(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }
  bool chance(int in) { return number(in) == 0; }

  std::string text() {
    static const std::string words[] = {"a",  "\xC3\xA9t\xC3\xA9", "\"quoted\"",       "{\"j\":1}",
                                        "\\", "line\nline",        "\xF0\x9F\x98\x80", "</s>"};
    std::string made = "t" + std::to_string(++count_);
    for (int i = number(3); i > 0; --i) made += " " + words[number(8)];
    return made;
  }

  void add_user(json::array& messages, Story& story) {
    if (chance(2)) {
      const std::string said = text();
      messages.push_back({{"role", "user"}, {"content", said}});
      story.push_back("user: " + said);
      return;
    }
    json::array parts;
    for (int i = 1 + number(3); i > 0; --i) {
      if (chance(4)) {
        parts.push_back(
            {{"type", "image_url"}, {"image_url", {{"url", "data:image/png;base64,QUJD"}}}});
        story.push_back("user: image/png QUJD");
      } else {
        const std::string said = text();
        parts.push_back({{"type", "text"}, {"text", said}});
        story.push_back("user: " + said);
      }
    }
    messages.push_back({{"role", "user"}, {"content", std::move(parts)}});
  }

  void add_assistant(json::array& messages, Story& story) {
    const std::string said = text();
    messages.push_back({{"role", "assistant"}, {"content", said}});
    story.push_back("assistant: " + said);
  }

  // Calls and their results, these sometimes in another order.
  void add_calls(json::array& messages, Story& story) {
    json::object message = {{"role", "assistant"}, {"content", nullptr}};
    if (chance(3)) {
      const std::string said = text();
      message["content"] = said;
      story.push_back("assistant: " + said);
    }
    json::array calls;
    std::vector<std::string> ids;
    for (int i = 1 + number(3); i > 0; --i) {
      const std::string id = "call_" + std::to_string(++count_);
      const std::string name = "f" + std::to_string(number(3));
      const json::object arguments = {{"a", number(9)}, {"s", text()}};
      calls.push_back({{"id", id},
                       {"type", "function"},
                       {"function", {{"name", name}, {"arguments", to_text(arguments)}}}});
      story.push_back("call: " + id + " " + name + " " + to_text(arguments));
      ids.push_back(id);
    }
    message["tool_calls"] = std::move(calls);
    messages.push_back(std::move(message));
    if (chance(2)) std::shuffle(ids.begin(), ids.end(), random_);
    for (const std::string& id : ids) {
      // No JSON object, which Gemini would get as one.
      const std::string result = "r" + text();
      messages.push_back({{"role", "tool"}, {"tool_call_id", id}, {"content", result}});
      story.push_back("result: " + id + " " + result);
    }
  }

  std::mt19937 random_;
  int count_ = 0;
};

std::string string_at(const json::value& value, std::string_view key) {
  return json::value_to<std::string>(value.at(key));
}

Story read_anthropic(const json::value& body) {
  Story story;
  std::string before;
  for (const json::value& message : body.at("messages").as_array()) {
    const std::string role = string_at(message, "role");
    CHECK(role != before);
    before = role;
    for (const json::value& block : message.at("content").as_array()) {
      const std::string type = string_at(block, "type");
      if (type == "text") {
        story.push_back(role + ": " + string_at(block, "text"));
      } else if (type == "image") {
        story.push_back(role + ": " + string_at(block.at("source"), "media_type") + " " +
                        string_at(block.at("source"), "data"));
      } else if (type == "tool_use") {
        story.push_back("call: " + string_at(block, "id") + " " + string_at(block, "name") + " " +
                        json::serialize(block.at("input")));
      } else if (type == "tool_result") {
        story.push_back("result: " + string_at(block, "tool_use_id") + " " +
                        string_at(block, "content"));
      } else {
        story.push_back("unknown " + type);
      }
    }
  }
  return story;
}

Story read_gemini(const json::value& body) {
  Story story;
  for (const json::value& content : body.at("contents").as_array()) {
    const std::string role = string_at(content, "role") == "model" ? "assistant" : "user";
    for (const json::value& part : content.at("parts").as_array()) {
      const json::object& object = part.as_object();
      if (object.contains("text")) {
        story.push_back(role + ": " + string_at(part, "text"));
      } else if (object.contains("inlineData")) {
        story.push_back(role + ": " + string_at(object.at("inlineData"), "mimeType") + " " +
                        string_at(object.at("inlineData"), "data"));
      } else if (object.contains("functionCall")) {
        const json::value& call = object.at("functionCall");
        story.push_back("call: " + string_at(call, "id") + " " + string_at(call, "name") + " " +
                        json::serialize(call.at("args")));
      } else {
        const json::value& result = object.at("functionResponse");
        story.push_back("result: " + string_at(result, "id") + " " +
                        string_at(result.at("response"), "output"));
      }
    }
  }
  return story;
}

}  // namespace

TEST_CASE("a translated conversation says the same") {
  for (unsigned seed = 1; seed <= 2'000; ++seed) {
    CAPTURE(seed);
    const Generated made = Generator(seed).make();
    const auto claude =
        translate_request(Format::anthropic, made.request, "claude-sonnet-5", false);
    REQUIRE(claude.has_value());
    CHECK(read_anthropic(parse(claude->body)) == made.story);
    const auto gemini = translate_request(Format::gemini, made.request, "gemini-3.8-flash", false);
    REQUIRE(gemini.has_value());
    CHECK(read_gemini(parse(gemini->body)) == made.story);
  }
}

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "cli/chat_stream.hpp"
#include "cli/import_report.hpp"
#include "cli/json.hpp"
#include "cli/sse.hpp"

using namespace byok;
using namespace byok::cli;

TEST_CASE("events are read alike in one piece and byte by byte") {
  struct Case {
    std::string_view name;
    std::string bytes;
    std::vector<std::string> events;
  };
  const Case cases[] = {
      {"one", "data: a\n\n", {"a"}},
      {"without the blank", "data:a\n\n", {"a"}},
      {"one blank alone is taken away", "data:  a\n\n", {" a"}},
      {"CRLF", "data: a\r\n\r\ndata: b\r\n\r\n", {"a", "b"}},
      {"several data lines", "data: a\ndata: b\n\n", {"a\nb"}},
      {"comments and other fields", ": hi\nevent: x\nid: 1\nretry: 5\ndata: a\n\n", {"a"}},
      {"an event without data", "event: x\n\ndata: a\n\n", {"a"}},
      {"empty data", "data\n\ndata:\n\n", {"", ""}},
      {"an event that is not ended", "data: a\n\ndata: b\n", {"a"}},
      {"fields that only begin alike", "database: x\n\ndata: a\n\n", {"a"}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    for (std::size_t size : {c.bytes.size(), std::size_t{1}}) {
      std::vector<std::string> events;
      SseReader reader([&](std::string_view data) { events.emplace_back(data); });
      for (std::size_t at = 0; at < c.bytes.size(); at += size) {
        reader.take(std::string_view(c.bytes).substr(at, size));
      }
      CHECK(events == c.events);
    }
  }
}

TEST_CASE("a chat's text is handed over as it comes, its summary at the end") {
  std::string text;
  ChatStream stream([&](std::string_view piece) { text += piece; });
  stream.take("data: {\"delta\":{\"content\":\"Hel\"},\"done\":false}\n\n");
  CHECK(text == "Hel");
  stream.take("data: {\"delta\":{\"reasoning\":\"hm\"},\"done\":false}\n\n");
  stream.take("data: {\"delta\":{\"content\":\"lo \\u00e9\"},\"done\":false}\n\n");
  stream.take(
      "data: {\"done\":true,\"logId\":\"r1\",\"provider\":\"openai\",\"model\":\"gpt-4o\","
      "\"keySource\":\"tenant\",\"inputTokens\":3,\"outputTokens\":5,\"finishReason\":\"stop\"}"
      "\n\n");
  CHECK(text == "Hello \xc3\xa9");
  auto summary = stream.finish();
  REQUIRE(summary.has_value());
  CHECK(summary->str() == "gpt-4o by openai, tenant key, 3 tokens in, 5 out, id r1");
}

TEST_CASE("a chat that breaks off fails, and says why where it is told") {
  struct Case {
    std::string_view name;
    std::string bytes;
    Exit exit;
    const char* message;
  };
  const Case cases[] = {
      {"an error event",
       "data: {\"error\":\"PROVIDER_ERROR\",\"message\":\"the provider hung "
       "up\",\"done\":true}\n\n",
       Exit::failed, "the answer broke off (PROVIDER_ERROR): the provider hung up"},
      {"an error event of its own exit code",
       "data: {\"error\":\"NO_PROVIDER_KEY\",\"message\":\"m\",\"done\":true}\n\n", Exit::no_key,
       "the answer broke off (NO_PROVIDER_KEY): m"},
      {"no last event", "data: {\"delta\":{\"content\":\"a\"},\"done\":false}\n\n", Exit::failed,
       "the answer ended before it was complete"},
      {"nothing", "", Exit::failed, "the answer ended before it was complete"},
      {"no JSON", "data: [DONE]\n\ndata: x\n\n", Exit::failed,
       "the answer ended before it was complete"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    ChatStream stream([](std::string_view) {});
    stream.take(c.bytes);
    auto summary = stream.finish();
    REQUIRE(summary.has_error());
    CHECK(summary.error().exit == c.exit);
    CHECK(summary.error().message.starts_with(c.message));
  }
}

TEST_CASE("an import's answers are counted, its tokens and failures handed over") {
  const std::string answers =
      "{\"line\":1,\"tenant\":\"a\",\"ok\":true,\"token\":\"byok_x\"}\n"
      "{\"line\":2,\"tenant\":\"b\",\"ok\":true,\"tokenId\":\"tok_1\"}\r\n"
      "\n"
      "{\"line\":3,\"ok\":false,\"error\":\"INVALID_KEY\",\"message\":\"too short\"}\n"
      "oops\n"
      "{\"line\":4,\"tenant\":\"c\",\"ok\":true}";
  for (std::size_t size : {answers.size(), std::size_t{1}}) {
    std::vector<std::string> tokens;
    std::vector<std::string> failures;
    ImportReport report({
        .on_token =
            [&](std::string_view tenant, std::string_view token) {
              tokens.push_back(std::string(tenant).append("=").append(token));
            },
        .on_failure = [&](std::string_view code,
                          std::string_view sentence) { failures.emplace_back(sentence) += code; },
    });
    for (std::size_t at = 0; at < answers.size(); at += size) {
      report.take(std::string_view(answers).substr(at, size));
    }
    report.finish(true);
    CHECK(report.done() == 3);
    CHECK(report.failed() == 2);
    CHECK(tokens == std::vector<std::string>{"a=byok_x"});
    REQUIRE(failures.size() == 2);
    CHECK(failures[0] == "line 3 (INVALID_KEY): too shortINVALID_KEY");
    CHECK(report.last_line() == 4);
    CHECK(report.new_tokens() == 1);
    CHECK(report.old_tokens() == 1);
  }
}

TEST_CASE("JSON that breaks off anywhere is none, and gives its memory back as it took it") {
  const std::string whole = R"({"a key without its value":[{"b":"c"},1.5],"d":null})";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(parse_json(whole.substr(0, size)).has_value());
    CHECK_FALSE(parse_json(whole.substr(0, size) + "\xff").has_value());
  }
  CHECK(parse_json(whole).has_value());
}

TEST_CASE("any bytes come back from a JSON string as the characters of their numbers") {
  WipingBuffer out;
  append_json_string(out, "a\"b\\c\n\x7f\xff ~");
  CHECK(std::string_view(out.data(), out.size()) == "\"a\\\"b\\\\c\\u000a\\u007f\\u00ff ~\"");
  auto value = parse_json({out.data(), out.size()});
  REQUIRE(value.has_value());
  CHECK(text_of(*value) == "a\"b\\c\n\x7f\xc3\xbf ~");
}

#include <doctest/doctest.h>

#include "tests/providers/support.hpp"

using namespace byok;
using namespace byok::providers;
using namespace byok::providers::test;

namespace {

constexpr Format openai = Format::openai;
constexpr Format anthropic = Format::anthropic;
constexpr Format gemini = Format::gemini;

std::string join(const std::vector<std::string>& names) {
  std::string joined;
  for (const std::string& each : names) joined += (joined.empty() ? "" : ",") + each;
  return joined;
}

}  // namespace

TEST_CASE("a request is written in the provider's format") {
  struct Case {
    std::string_view name;
    Format format;
    const char* model;
    bool stream;
    const char* request;
    const char* body;
    const char* dropped = "";
  };
  const Case cases[] = {
      {"anthropic: system and developer are hoisted and joined", anthropic, "claude-sonnet-4-5",
       false,
       R"({"messages":[{"role":"system","content":"a"},{"role":"user","content":"q"},{"role":"developer","content":"b"}]})",
       R"({"model":"claude-sonnet-4-5","max_tokens":64000,"system":"a\nb","messages":[{"role":"user","content":[{"type":"text","text":"q"}]}]})"},
      {"gemini: system and developer become two parts", gemini, "gemini-3.8-flash", false,
       R"({"messages":[{"role":"system","content":"a"},{"role":"user","content":"q"},{"role":"developer","content":"b"}]})",
       R"({"systemInstruction":{"parts":[{"text":"a"},{"text":"b"}]},"contents":[{"role":"user","parts":[{"text":"q"}]}]})"},
      {"gemma: the system text goes before the user's", gemini, "gemma-3-27b-it", false,
       R"({"messages":[{"role":"system","content":"a"},{"role":"user","content":"q"}]})",
       R"({"contents":[{"role":"user","parts":[{"text":"a"},{"text":"q"}]}]})"},
      {"gemma: the system text becomes a user's where none begins", gemini, "gemma-3-27b-it", false,
       R"({"messages":[{"role":"system","content":"a"},{"role":"assistant","content":"q"}]})",
       R"({"contents":[{"role":"user","parts":[{"text":"a"}]},{"role":"model","parts":[{"text":"q"}]}]})"},
      {"anthropic: turns, parts and the stream flag", anthropic, "claude-opus-4-1", true,
       R"({"messages":[{"role":"user","content":[{"type":"text","text":"1"},{"type":"text","text":"2"}]},{"role":"assistant","content":"3","refusal":null,"annotations":[]},{"role":"user","content":"4"}]})",
       R"({"model":"claude-opus-4-1","max_tokens":32000,"messages":[{"role":"user","content":[{"type":"text","text":"1"},{"type":"text","text":"2"}]},{"role":"assistant","content":[{"type":"text","text":"3"}]},{"role":"user","content":[{"type":"text","text":"4"}]}],"stream":true})"},
      {"gemini: turns, parts", gemini, "gemini-pro", true,
       R"({"messages":[{"role":"user","content":[{"type":"text","text":"1"},{"type":"text","text":"2"}]},{"role":"assistant","content":"3"},{"role":"user","content":"4"}]})",
       R"({"contents":[{"role":"user","parts":[{"text":"1"},{"text":"2"}]},{"role":"model","parts":[{"text":"3"}]},{"role":"user","parts":[{"text":"4"}]}]})"},
      {"anthropic: neighbours of one role are merged, blank text is left out", anthropic,
       "claude-sonnet-5", false,
       R"({"messages":[{"role":"user","content":"1"},{"role":"assistant","content":" \n"},{"role":"assistant","content":null},{"role":"user","content":"2"}]})",
       R"({"model":"claude-sonnet-5","max_tokens":128000,"messages":[{"role":"user","content":[{"type":"text","text":"1"},{"type":"text","text":"2"}]}]})"},
      {"anthropic: white space behind a begun answer is cut", anthropic, "claude-sonnet-5", false,
       R"({"messages":[{"role":"user","content":"1 "},{"role":"assistant","content":"2 \n"}]})",
       R"({"model":"claude-sonnet-5","max_tokens":128000,"messages":[{"role":"user","content":[{"type":"text","text":"1 "}]},{"role":"assistant","content":[{"type":"text","text":"2"}]}]})"},
      {"anthropic: temperature is clamped, top_p gives way", anthropic, "claude-sonnet-4-5", false,
       R"({"messages":[{"role":"user","content":"q"}],"temperature":1.7,"top_p":0.5,"max_tokens":1})",
       R"({"model":"claude-sonnet-4-5","max_tokens":1,"messages":[{"role":"user","content":[{"type":"text","text":"q"}]}],"temperature":1.0})",
       "top_p"},
      {"anthropic: no sampling for new models", anthropic, "claude-opus-5-5", false,
       R"({"messages":[{"role":"user","content":"q"}],"temperature":1.7,"top_p":0.5,"max_tokens":1})",
       R"({"model":"claude-opus-5-5","max_tokens":1,"messages":[{"role":"user","content":[{"type":"text","text":"q"}]}]})",
       "temperature,top_p"},
      {"anthropic: top_p alone", anthropic, "claude-opus-4-6", false,
       R"({"messages":[{"role":"user","content":"q"}],"temperature":null,"top_p":0.5,"max_tokens":1})",
       R"({"model":"claude-opus-4-6","max_tokens":1,"messages":[{"role":"user","content":[{"type":"text","text":"q"}]}],"top_p":0.5})"},
      {"gemini: sampling unchanged", gemini, "gemini-pro", false,
       R"({"messages":[{"role":"user","content":"q"}],"temperature":1.7,"top_p":0.5})",
       R"({"contents":[{"role":"user","parts":[{"text":"q"}]}],"generationConfig":{"temperature":1.7,"topP":0.5}})"},
      {"anthropic: max_completion_tokens wins", anthropic, "claude-sonnet-5", false,
       R"({"messages":[{"role":"user","content":"q"}],"max_completion_tokens":7,"max_tokens":9})",
       R"({"model":"claude-sonnet-5","max_tokens":7,"messages":[{"role":"user","content":[{"type":"text","text":"q"}]}]})"},
      {"anthropic: stop", anthropic, "claude-sonnet-5", false,
       R"({"messages":[{"role":"user","content":"q"}],"max_tokens":1,"stop":["a","\n","b"]})",
       R"({"model":"claude-sonnet-5","max_tokens":1,"messages":[{"role":"user","content":[{"type":"text","text":"q"}]}],"stop_sequences":["a","b"]})",
       "stop"},
      {"anthropic: values that ask for nothing", anthropic, "claude-sonnet-5", false,
       R"({"messages":[{"role":"user","content":"q"}],"max_tokens":1,"n":1,"seed":null,"logprobs":false,"metadata":{},"modalities":["text"],"presence_penalty":0,"frequency_penalty":0.0,"tools":[],"stream_options":{"include_usage":true},"model":"x","stream":false})",
       R"({"model":"claude-sonnet-5","max_tokens":1,"messages":[{"role":"user","content":[{"type":"text","text":"q"}]}]})"},
      {"gemini: every parameter", gemini, "gemini-pro", false,
       R"({"messages":[{"role":"user","content":"q"}],"n":2,"max_tokens":9,"stop":"x","seed":-4,"presence_penalty":1,"frequency_penalty":0.5})",
       R"({"contents":[{"role":"user","parts":[{"text":"q"}]}],"generationConfig":{"candidateCount":2,"maxOutputTokens":9,"stopSequences":["x"],"seed":-4,"presencePenalty":1.0,"frequencyPenalty":0.5}})"},
      {"openai: all as it is", openai, "gpt-4o", false,
       R"({"messages":[{"role":"system","content":[{"type":"image_url"}],"x":1}],"max_tokens":9,"tools":[{"a":null}],"temperature":2,"future":true})",
       R"({"model":"gpt-4o","messages":[{"role":"system","content":[{"type":"image_url"}],"x":1}],"max_tokens":9,"tools":[{"a":null}],"temperature":2,"future":true})"},
      {"openai: a stream tells its usage", openai, "gpt-4o", true,
       R"({"messages":[],"stream_options":{"include_obfuscation":false,"include_usage":false}})",
       R"({"model":"gpt-4o","messages":[],"stream":true,"stream_options":{"include_obfuscation":false,"include_usage":true}})"},
      {"openai: reasoning models take max_completion_tokens and developer", openai, "gpt-5", false,
       R"({"messages":[{"role":"system","content":"s"},{"role":"user","content":"q"}],"max_tokens":9})",
       R"({"model":"gpt-5","messages":[{"role":"developer","content":"s"},{"role":"user","content":"q"}],"max_completion_tokens":9})"},
      {"openai: null is no limit", openai, "gpt-5", false,
       R"({"messages":[],"max_tokens":9,"max_completion_tokens":null})",
       R"({"model":"gpt-5","messages":[],"max_completion_tokens":9})"},
      {"openai: reasoning models take no sampling", openai, "o3", false,
       R"({"messages":[],"temperature":1,"top_p":1,"logprobs":true,"top_logprobs":2,"presence_penalty":1,"frequency_penalty":null,"logit_bias":{},"max_tokens":9,"max_completion_tokens":7,"reasoning_effort":"none"})",
       R"({"model":"o3","messages":[],"max_completion_tokens":7,"reasoning_effort":"none"})",
       "temperature,top_p,logprobs,top_logprobs,presence_penalty,logit_bias"},
      {"openai: sampling without reasoning", openai, "gpt-5.1", false,
       R"({"messages":[],"temperature":1,"reasoning_effort":"none","presence_penalty":1})",
       R"({"model":"gpt-5.1","messages":[],"temperature":1,"reasoning_effort":"none"})",
       "presence_penalty"},
      {"openai: no sampling with reasoning", openai, "gpt-5.1", false,
       R"({"messages":[],"temperature":1})", R"({"model":"gpt-5.1","messages":[]})", "temperature"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const auto written = translate_request(c.format, parse_object(c.request), c.model, c.stream);
    REQUIRE(written.has_value());
    CHECK(parse(written->body) == parse(c.body));
    CHECK(join(written->dropped) == c.dropped);
  }
}

TEST_CASE("the path and headers of a request are the provider's") {
  struct Case {
    std::string_view name;
    Format format;
    const char* model;
    bool stream;
    const char* path;
    const char* version = "";
  };
  const Case cases[] = {
      {"openai", openai, "gpt-4o", true, "/v1/chat/completions"},
      {"anthropic", anthropic, "claude-sonnet-5", true, "/v1/messages", "2023-06-01"},
      {"gemini", gemini, "gemini-pro", false, "/v1beta/models/gemini-pro:generateContent"},
      {"gemini stream", gemini, "gemini-pro", true,
       "/v1beta/models/gemini-pro:streamGenerateContent?alt=sse"},
      {"gemini tuned", gemini, "tunedModels/a", false, "/v1beta/tunedModels/a:generateContent"},
      {"gemini hostile", gemini, "../x?key=1#%\r\n", false,
       "/v1beta/models/..%2Fx%3Fkey%3D1%23%25%0D%0A:generateContent"},
  };
  const json::object request = parse_object(R"({"messages":[{"role":"user","content":"q"}]})");
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const auto written = translate_request(c.format, request, c.model, c.stream);
    REQUIRE(written.has_value());
    CHECK(written->path == c.path);
    CHECK(written->headers.size() == (*c.version == '\0' ? 0u : 1u));
    for (const RequestHeader& header : written->headers) {
      CHECK(header.name == "anthropic-version");
      CHECK(header.value == c.version);
    }
  }
}

TEST_CASE("what cannot be translated is refused by its name") {
  struct Case {
    std::string_view name;
    Format format;
    const char* request;
    Errc code;
    const char* named;  // The message begins with it.
  };
  constexpr Errc unsupported = Errc::unsupported_parameter;
  constexpr Errc bad = Errc::bad_request;
#define USER R"("messages":[{"role":"user","content":"q"}])"
  const Case cases[] = {
      {"custom tool", anthropic, "{" USER R"(,"tools":[{"type":"custom","custom":{"name":"f"}}]})",
       unsupported, "tools[0] "},
      {"custom choice", gemini, "{" USER R"(,"tool_choice":{"type":"custom"}})", unsupported,
       "tool_choice "},
      {"choice of an unknown tool", gemini,
       "{" USER R"(,"tool_choice":{"type":"function","function":{"name":"f"}}})", bad,
       "tool_choice.function.name "},
      {"tool without name", gemini, "{" USER R"(,"tools":[{"type":"function","function":{}}]})",
       bad, "tools[0].function.name "},
      {"gemini: a name that begins with a digit", gemini,
       "{" USER R"(,"tools":[{"type":"function","function":{"name":"1f"}}]})", unsupported,
       "tools[0].function.name "},
      {"n", anthropic, "{" USER R"(,"n":2})", unsupported, "n "},
      {"audio out", anthropic, "{" USER R"(,"modalities":["text","audio"]})", unsupported,
       "audio "},
      {"audio out by its own parameter", anthropic,
       "{" USER R"(,"audio":{"voice":"v","format":"wav"}})", unsupported, "audio "},
      {"gemini: audio out", gemini, "{" USER R"(,"modalities":["audio"]})", unsupported, "audio "},
      {"audio in", anthropic,
       R"({"messages":[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"AA","format":"wav"}}]}]})",
       unsupported, "messages[0].content[0] of media type audio/wav "},
      {"a stored file", gemini,
       R"({"messages":[{"role":"user","content":[{"type":"file","file":{"file_id":"file-1"}}]}]})",
       unsupported, "messages[0].content[0].file.file_id "},
      {"unknown part", gemini,
       R"({"messages":[{"role":"user","content":"q"},{"role":"user","content":[{"type":"text","text":"a"},{"type":"hologram"}]}]})",
       unsupported, "messages[1].content[1] of type hologram "},
      {"image of a system", gemini,
       R"({"messages":[{"role":"system","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AA"}}]}]})",
       unsupported, "messages[0].content[0] of type image_url "},
      {"data URL without base64", anthropic,
       R"({"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png,AA"}}]}]})",
       bad, "messages[0].content[0].image_url.url "},
      {"gemini: data URL without base64", gemini,
       R"({"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png,AA"}}]}]})",
       bad, "messages[0].content[0].image_url.url "},
      {"file without base64", anthropic,
       R"({"messages":[{"role":"user","content":[{"type":"file","file":{"file_data":"data:application/pdf,AA"}}]}]})",
       bad, "messages[0].content[0].file.file_data "},
      {"neither data nor http", gemini,
       R"({"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"file:///etc/passwd"}}]}]})",
       bad, "messages[0].content[0].image_url.url "},
      {"gemini: an URL of no known type", gemini,
       R"({"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://a/b"}}]}]})",
       unsupported, "messages[0].content[0] "},
      {"broken arguments", anthropic,
       R"({"messages":[{"role":"user","content":"q"},{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{bad"}}]}]})",
       bad, "messages[1].tool_calls[0].function.arguments "},
      {"gemini: broken arguments", gemini,
       R"({"messages":[{"role":"user","content":"q"},{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{bad"}}]}]})",
       bad, "messages[1].tool_calls[0].function.arguments "},
      {"arguments that are no text", anthropic,
       R"({"messages":[{"role":"user","content":"q"},{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":{"a":1}}}]}]})",
       bad, "messages[1].tool_calls[0].function.arguments "},
      {"a text file that is none", anthropic,
       R"({"messages":[{"role":"user","content":[{"type":"file","file":{"file_data":"data:text/plain;base64,/w=="}}]}]})",
       bad, "messages[0].content[0] "},
      {"call without id", anthropic,
       R"({"messages":[{"role":"user","content":"q"},{"role":"assistant","content":null,"tool_calls":[{}]}]})",
       bad, "messages[1].tool_calls[0].id "},
      {"call without answer", gemini,
       R"({"messages":[{"role":"user","content":"q"},{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":""}}]},{"role":"user","content":"x"}]})",
       bad, "messages[1].tool_calls[0] "},
      {"answer to no call", gemini,
       R"({"messages":[{"role":"tool","content":"q","tool_call_id":"1"}]})", bad,
       "messages[0].tool_call_id "},
      {"answer to another call than was made", gemini,
       R"({"messages":[{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f"}}]},{"role":"tool","content":"1","tool_call_id":"C"}]})",
       bad, "messages[1].tool_call_id "},
      {"answered twice", gemini,
       R"({"messages":[{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f"}}]},{"role":"tool","content":"1","tool_call_id":"c"},{"role":"tool","content":"2","tool_call_id":"c"}]})",
       bad, "messages[2].tool_call_id "},
      {"a function's answer without a call", gemini,
       R"({"messages":[{"role":"function","name":"f","content":"q"}]})", bad,
       "messages[0].tool_call_id "},
      {"gemini 2.5: a schema beside tools", gemini,
       "{" USER
       R"(,"tools":[{"type":"function","function":{"name":"f"}}],"response_format":{"type":"json_object"}})",
       unsupported, "response_format "},
      {"schema of nothing", anthropic, "{" USER R"(,"response_format":{"type":"json_schema"}})",
       bad, "response_format.json_schema.schema "},
      {"effort", gemini, "{" USER R"(,"reasoning_effort":"heroic"})", bad, "reasoning_effort "},
      {"assistant first", anthropic,
       R"({"messages":[{"role":"system","content":"s"},{"role":"assistant","content":"q"}]})",
       unsupported, "messages[1] "},
      {"unknown role", gemini, R"({"messages":[{"role":"boss","content":"q"}]})", bad,
       "messages[0].role "},
      {"no messages", gemini, "{}", bad, "messages "},
      {"empty messages", anthropic, R"({"messages":[]})", bad, "messages "},
      {"only a system message", gemini, R"({"messages":[{"role":"system","content":"q"}]})", bad,
       "messages "},
      {"only blank text", anthropic, R"({"messages":[{"role":"user","content":" "}]})", bad,
       "messages "},
      {"only empty text", gemini, R"({"messages":[{"role":"user","content":""}]})", bad,
       "messages "},
      {"message that is no object", gemini, R"({"messages":["q"]})", bad, "messages[0] "},
      {"no content", gemini, R"({"messages":[{"role":"user"}]})", bad, "messages[0].content "},
      {"content of a number", gemini, R"({"messages":[{"role":"user","content":1}]})", bad,
       "messages[0].content "},
      {"part that is no object", gemini, R"({"messages":[{"role":"user","content":["q"]}]})", bad,
       "messages[0].content[0] "},
      {"part without text", gemini, R"({"messages":[{"role":"user","content":[{"type":"text"}]}]})",
       bad, "messages[0].content[0].text "},
      {"temperature", gemini, "{" USER R"(,"temperature":"hot"})", bad, "temperature "},
      {"max_tokens", anthropic, "{" USER R"(,"max_tokens":-1})", bad, "max_tokens "},
      {"max_tokens fraction", anthropic, "{" USER R"(,"max_tokens":1.5})", bad, "max_tokens "},
      {"n of nothing", gemini, "{" USER R"(,"n":0})", bad, "n "},
      {"seed beyond all numbers", gemini, "{" USER R"(,"seed":18446744073709551615})", bad,
       "seed "},
      {"stop", gemini, "{" USER R"(,"stop":[1]})", bad, "stop "},
  };
#undef USER
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const auto written = translate_request(
        c.format, parse_object(c.request),
        c.format == Format::gemini ? "gemini-2.5-flash" : "claude-opus-5-5", false);
    REQUIRE(written.has_error());
    CHECK(written.error().code == c.code);
    CHECK_MESSAGE(written.error().message().starts_with(c.named), written.error().message());
    CHECK_MESSAGE(written.error().message().starts_with(written.error().parameter() + " "),
                  written.error().parameter());
  }
}

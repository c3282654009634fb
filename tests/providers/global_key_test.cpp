#include "daemon/providers/global_key.hpp"

#include <doctest/doctest.h>

using namespace byok;
using namespace byok::providers;

namespace {
constexpr Format openai = Format::openai;
constexpr Format anthropic = Format::anthropic;
constexpr Format gemini = Format::gemini;
}  // namespace

TEST_CASE("the operator's key goes with inference calls alone") {
  struct Case {
    Format format;
    std::string_view method;
    std::string_view path;
    bool allowed;
  };
  const Case cases[] = {
      {openai, "POST", "/v1/chat/completions", true},
      {openai, "POST", "/v1/responses", true},
      {openai, "POST", "/v1/embeddings", true},
      {openai, "GET", "/v1/models", true},
      {openai, "GET", "/v1/models/gpt-4o", true},
      {openai, "GET", "/v1/models/ft:gpt-4o:acme::1", false},
      {openai, "GET", "/v1/models/ft%3Agpt-4o:acme::1", false},
      {openai, "GET", "/v1/models/gpt%2D4o", false},
      {openai, "GET", "/v1/models/", false},
      {openai, "GET", "/v1/models/..", false},
      {openai, "GET", "/v1/models/a/b", false},
      {openai, "GET", "/v1/modelsx", false},
      {openai, "DELETE", "/v1/models/gpt-4o", false},
      {openai, "GET", "/v1/chat/completions", false},
      {openai, "GET", "/v1/chat/completions/c1", false},
      {openai, "POST", "/v1/chat/completions/c1", false},
      {openai, "GET", "/v1/responses/r1", false},
      {openai, "POST", "/v1/responses/r1/cancel", false},
      {openai, "POST", "/v1/files", false},
      {openai, "POST", "/v1/batches", false},
      {openai, "POST", "/v1/fine_tuning/jobs", false},
      {openai, "GET", "/v1/organization/users", false},
      {openai, "POST", "/v1/Responses", false},
      {openai, "POST", "", false},
      {anthropic, "POST", "/v1/messages", true},
      {anthropic, "POST", "/v1/messages/count_tokens", true},
      {anthropic, "GET", "/v1/models", true},
      {anthropic, "POST", "/v1/messages/batches", false},
      {anthropic, "GET", "/v1/files", false},
      {anthropic, "POST", "/v1/chat/completions", false},
      {gemini, "POST", "/v1beta/models/gemini-pro:generateContent", true},
      {gemini, "POST", "/v1/models/gemini-pro%3AstreamGenerateContent", true},
      {gemini, "POST", "/v1alpha/models/gemini-pro%3acountTokens", true},
      {gemini, "POST", "/v1beta/models/e:batchEmbedContents", true},
      {gemini, "GET", "/v1beta/models", true},
      {gemini, "GET", "/v1beta/models/gemini-pro", true},
      {gemini, "POST", "/v1beta/tunedModels/a:generateContent", false},
      {gemini, "POST", "/v1beta/models/a:batchGenerateContent", false},
      {gemini, "POST", "/v1beta/models/a/b:generateContent", false},
      {gemini, "POST", "/v1beta/models/a%2Fb:generateContent", false},
      {gemini, "POST", "/v1beta/models/:generateContent", false},
      {gemini, "GET", "/v1beta/models/a:generateContent", false},
      {gemini, "GET", "/v1beta/files", false},
      {gemini, "POST", "/v1beta/cachedContents", false},
      {gemini, "POST", "/v1/interactions", false},
      {gemini, "POST", "/upload/v1beta/files", false},
      {gemini, "POST", "/v2/models/a:generateContent", false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.method);
    CAPTURE(c.path);
    CHECK(global_key_may_call(c.format, c.method, c.path) == c.allowed);
  }
}

TEST_CASE("a body that names stored state does not go with the operator's key") {
  struct Case {
    std::string_view name;
    Format format;
    std::string_view path;
    const char* body;
  };
  constexpr auto chat = "/v1/chat/completions";
  constexpr auto responses = "/v1/responses";
  constexpr auto messages = "/v1/messages";
  constexpr auto generate = "/v1beta/models/g:generateContent";
  const Case cases[] = {
      {"previous response", openai, responses, R"({"previous_response_id":"resp_1"})"},
      {"escaped name", openai, responses, R"({"previous\u005fresponse_id":"resp_1"})"},
      {"conversation id", openai, responses, R"({"conversation":"conv_1"})"},
      {"conversation object", openai, responses, R"({"conversation":{"id":"conv_1"}})"},
      {"prompt", openai, responses, R"({"prompt":{"id":"pmpt_1"}})"},
      {"file part", openai, responses,
       R"({"input":[{"role":"user","content":[{"type":"input_file","file_id":"file_1"}]}]})"},
      {"chat file", openai, chat,
       R"({"messages":[{"role":"user","content":[{"type":"file","file":{"file_id":"f"}}]}]})"},
      {"stored audio", openai, chat, R"({"messages":[{"role":"assistant","audio":{"id":"a"}}]})"},
      {"vector stores", openai, responses,
       R"({"tools":[{"type":"file_search","vector_store_ids":["vs_1"]}]})"},
      {"container", openai, responses,
       R"({"tools":[{"type":"code_interpreter","container":{"type":"auto"}}]})"},
      {"item reference", openai, responses,
       R"({"input":[{"type":"item_reference","id":"msg_1"}]})"},
      {"item by id alone", openai, responses, R"({"input":[{"id":"msg_1"}]})"},
      {"reasoning by id", openai, responses,
       R"({"input":[{"type":"reasoning","id":"rs_1","summary":[]}]})"},
      {"image by id", openai, responses,
       R"({"input":[{"type":"image_generation_call","id":"ig_1"}]})"},
      {"background", openai, responses, R"({"background":true})"},
      {"store", openai, responses, R"({"store":true})"},
      {"store in chat", openai, chat, R"({"store":true})"},
      {"store as a word", openai, chat, R"({"store":"true"})"},
      {"fine-tuned model", openai, chat, R"({"model":"ft:gpt-4o:acme::1"})"},
      {"old fine-tuned model", openai, chat, R"({"model":"davinci:ft-acme-2023"})"},
      {"container of skills", anthropic, messages, R"({"container":{"skills":[]}})"},
      {"file source", anthropic, messages,
       R"({"messages":[{"content":[{"type":"document","source":{"type":"file","file_id":"f"}}]}]})"},
      {"file source in a tool's result", anthropic, messages,
       R"({"messages":[{"content":[{"type":"tool_result","content":[{"type":"image","source":{"type":"file"}}]}]}]})"},
      {"input that is no tool's", anthropic, messages,
       R"({"messages":[{"content":[{"type":"text","input":{"file_id":"f"}}]}]})"},
      {"cached content", gemini, generate, R"({"cachedContent":"cachedContents/1"})"},
      {"cached content, other spelling", gemini, generate,
       R"({"cached_content":"cachedContents/1"})"},
      {"own file", gemini, generate,
       R"({"contents":[{"parts":[{"fileData":{"fileUri":"https://generativelanguage.googleapis.com/v1beta/files/1"}}]}]})"},
      {"own file, other spelling", gemini, generate,
       R"({"contents":[{"parts":[{"file_data":{"file_uri":"HTTPS://GenerativeLanguage.GoogleAPIs.com:443/v1beta/files/1"}}]}]})"},
      {"own file with a user name", gemini, generate,
       R"({"contents":[{"parts":[{"fileData":{"fileUri":"https://x@storage.googleapis.com/1"}}]}]})"},
      {"bare file name", gemini, generate,
       R"({"contents":[{"parts":[{"fileData":{"fileUri":"files/1"}}]}]})"},
      {"bucket", gemini, generate,
       R"({"contents":[{"parts":[{"fileData":{"fileUri":"gs://b/1"}}]}]})"},
      {"file search", gemini, generate,
       R"({"tools":[{"fileSearch":{"fileSearchStoreNames":["fileSearchStores/1"]}}]})"},
      {"tuned model", gemini, "/v1beta/models/e:batchEmbedContents",
       R"({"requests":[{"model":"tunedModels/1"}]})"},
      {"args that are no call's", gemini, generate, R"({"args":{"cachedContent":"c"}})"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const Result<std::string> body = body_for_global_key(c.format, c.path, c.body);
    REQUIRE(body.has_error());
    CHECK(body.error().code == Errc::global_key_not_allowed);
  }
}

TEST_CASE("other bodies go with the operator's key, and nothing is stored") {
  struct Case {
    std::string_view name;
    Format format;
    std::string_view path;
    std::string body;
    std::string sent;
  };
  const auto same = [](std::string_view name, Format format, std::string_view path,
                       const char* body) {
    return Case{name, format, path, body, body};
  };
  constexpr auto chat = "/v1/chat/completions";
  constexpr auto responses = "/v1/responses";
  const Case cases[] = {
      same("chat", openai, chat, " {\"model\": \"gpt-4o\",\n\"n\":1.50}"),
      same("names in texts", openai, chat, R"({"messages":[{"content":"file_id: \"x\""}]})"),
      same(
          "names in schemas", openai, chat,
          R"({"tools":[{"function":{"parameters":{"properties":{"file_id":{"type":"string"}}}}}],"metadata":{"conversation":"1"}})"),
      same("nothing given", openai, chat, R"({"store":false,"previous_response_id":null})"),
      {"responses are not stored", openai, responses, R"({ "model":"m"})",
       R"({"store":false, "model":"m"})"},
      {"an empty object", openai, responses, "{}", R"({"store":false})"},
      same("responses that say so", openai, responses, R"({"store" : false,"x":1e2})"),
      {"store of null", openai, responses, R"({"store":null,"model":"m"})",
       R"({"store":false,"model":"m"})"},
      same("counting stores nothing", openai, "/v1/responses/input_tokens", R"({"input":"x"})"),
      same(
          "whole items", openai, chat,
          R"({"input":[{"type":"message","id":"m","content":[]},{"id":"m","role":"assistant","content":[]},{"type":"reasoning","id":"r","encrypted_content":"e"},{"type":"function_call","id":"f","arguments":"{}"}]})"),
      same(
          "tool input", anthropic, "/v1/messages",
          R"({"messages":[{"content":[{"type":"tool_use","input":{"file_id":"f","container":1}}]}],"tools":[{"input_schema":{"properties":{"container":{}}}}]})"),
      same(
          "tool arguments", gemini, "/v1beta/models/g:generateContent",
          R"({"contents":[{"parts":[{"functionCall":{"args":{"store":true}}},{"functionResponse":{"response":{"fileId":1}}}]}]})"),
      same("public file", gemini, "/v1beta/models/g:generateContent",
           R"({"contents":[{"parts":[{"fileData":{"fileUri":"https://example.com/a.pdf"}}]}]})"),
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const Result<std::string> body = body_for_global_key(c.format, c.path, c.body);
    REQUIRE(body.has_value());
    CHECK(*body == c.sent);
  }
}

TEST_CASE("a body that cannot be checked does not go with the operator's key") {
  struct Case {
    std::string_view name;
    const char* body;
  };
  const Case cases[] = {
      {"empty", ""},
      {"a form", "--x\r\ncontent-disposition: form-data\r\n"},
      {"an array", "[]"},
      {"cut off", "{\"a\":1"},
      {"a name twice", R"({"store":true,"store":false})"},
      {"a name twice further down", R"({"a":[{"file_id":"f","file\u005fid":null}]})"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const Result<std::string> body = body_for_global_key(openai, "/v1/responses", c.body);
    REQUIRE(body.has_error());
    CHECK(body.error().code == Errc::invalid_json);
  }
}

TEST_CASE("headers that name the operator's organization are told") {
  for (std::string_view name : {"OpenAI-Organization", "openai-project", "anthropic-workspace-id",
                                "Anthropic-User-Profile-Id", "x-goog-user-project"}) {
    CAPTURE(name);
    CHECK(global_key_drops_header(name));
  }
  for (std::string_view name :
       {"anthropic-version", "anthropic-beta", "openai-organizations", ""}) {
    CAPTURE(name);
    CHECK_FALSE(global_key_drops_header(name));
  }
}

TEST_CASE("lists of models leave those of the operator's account out") {
  struct Case {
    std::string_view name;
    Format format;
    std::string_view body;
    std::string_view shown;
  };
  const Case cases[] = {
      {"OpenAI", Format::openai,
       R"({"object":"list","data":[{"id":"gpt-4o"},{"id":"ft:gpt-4o:acme::1"}]})",
       R"({"object":"list","data":[{"id":"gpt-4o"}]})"},
      {"Gemini", Format::gemini, R"({"models":[{"name":"tunedModels/a"},{"name":"models/b"}]})",
       R"({"models":[{"name":"models/b"}]})"},
      {"what has no name", Format::anthropic, R"({"data":[{},{"id":1},{"id":"claude"}]})",
       R"({"data":[{"id":"claude"}]})"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    auto shown = models_for_global_key(c.format, c.body);
    REQUIRE(shown.has_value());
    CHECK(*shown == c.shown);
  }
  for (std::string_view body : {"", "[]", "{}", R"({"data":{}})", "<html>"}) {
    CAPTURE(body);
    CHECK(models_for_global_key(Format::openai, body).has_error());
  }
}

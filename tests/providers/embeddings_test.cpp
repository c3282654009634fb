#include "daemon/providers/embeddings.hpp"

#include <doctest/doctest.h>

#include <string>

#include "daemon/providers/json_read.hpp"

using namespace byok;
using namespace byok::providers;

namespace {

Result<EmbeddingsRequest> translate(Format format, std::string_view request,
                                    std::string_view model) {
  return translate_embeddings(format, *parse_json_object(request), model);
}

}  // namespace

TEST_CASE("a request for embeddings is written in the provider's shape") {
  struct Case {
    std::string name;
    Format format;
    std::string model, request, path, body;
    std::size_t count;
    std::string dropped;
  };
  const std::string gemini_path = "/v1beta/models/gemini-embedding-001:batchEmbedContents";
  const Case cases[] = {
      {"one text to OpenAI", Format::openai, "text-embedding-3-small",
       R"({"model":"openai/x","input":"hi","encoding_format":"base64","user":"u"})",
       "/v1/embeddings",
       R"({"model":"text-embedding-3-small","input":["hi"],"encoding_format":"float","user":"u"})",
       1, ""},
      {"tokens to OpenAI", Format::openai, "text-embedding-3-small", R"({"input":[1,2]})",
       "/v1/embeddings",
       R"({"model":"text-embedding-3-small","input":[[1,2]],"encoding_format":"float"})", 1, ""},
      {"several token lists to OpenAI", Format::openai, "e", R"({"input":[[1],[2,3]]})",
       "/v1/embeddings", R"({"model":"e","input":[[1],[2,3]],"encoding_format":"float"})", 2, ""},
      {"texts and dimensions to Gemini", Format::gemini, "gemini-embedding-001",
       R"({"input":["a","b"],"dimensions":256,"user":"u"})", gemini_path,
       R"({"requests":[{"model":"models/gemini-embedding-001","content":{"parts":[{"text":"a"}]},"outputDimensionality":256},{"model":"models/gemini-embedding-001","content":{"parts":[{"text":"b"}]},"outputDimensionality":256}]})",
       2, "user"},
      {"one text to Gemini", Format::gemini, "gemini-embedding-001",
       R"({"input":"a","dimensions":null})", gemini_path,
       R"({"requests":[{"model":"models/gemini-embedding-001","content":{"parts":[{"text":"a"}]}}]})",
       1, ""},
      {"a model's name cannot leave its segment", Format::gemini, "gemini-x/../y?z",
       R"({"input":"a"})", "/v1beta/models/gemini-x%2F..%2Fy%3Fz:batchEmbedContents",
       R"({"requests":[{"model":"models/gemini-x/../y?z","content":{"parts":[{"text":"a"}]}}]})", 1,
       ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    auto asked = translate(c.format, c.request, c.model);
    REQUIRE(asked.has_value());
    CHECK(asked->upstream.path == c.path);
    CHECK(asked->upstream.body == c.body);
    CHECK(asked->count == c.count);
    std::string dropped;
    for (const std::string& name : asked->upstream.dropped) dropped += name;
    CHECK(dropped == c.dropped);
  }
}

TEST_CASE("a request for embeddings that makes no sense is refused by the name of what is wrong") {
  struct Case {
    Format format;
    std::string request;
    Errc code;
    std::string parameter;
  };
  const Case cases[] = {
      {Format::openai, "{}", Errc::bad_request, "input"},
      {Format::openai, R"({"input":""})", Errc::bad_request, "input"},
      {Format::openai, R"({"input":[]})", Errc::bad_request, "input"},
      {Format::openai, R"({"input":null})", Errc::bad_request, "input"},
      {Format::openai, R"({"input":7})", Errc::bad_request, "input"},
      {Format::openai, R"({"input":{"a":1}})", Errc::bad_request, "input"},
      {Format::openai, R"({"input":["a",""]})", Errc::bad_request, "input[1]"},
      {Format::openai, R"({"input":["a",1.5]})", Errc::bad_request, "input[1]"},
      {Format::openai, R"({"input":"a","dimensions":0})", Errc::bad_request, "dimensions"},
      {Format::openai, R"({"input":"a","dimensions":"9"})", Errc::bad_request, "dimensions"},
      {Format::gemini, R"({"input":[1,2]})", Errc::unsupported_parameter, "input[0]"},
      {Format::gemini, R"({"input":["a",[1]]})", Errc::unsupported_parameter, "input[1]"},
      {Format::anthropic, R"({"input":"a"})", Errc::unsupported_parameter, "model"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.request);
    auto asked = translate(c.format, c.request, "m");
    REQUIRE(asked.has_error());
    CHECK(asked.error().code == c.code);
    CHECK(asked.error().parameter() == c.parameter);
    CHECK(asked.error().message().starts_with(c.parameter + " "));
  }
}

TEST_CASE("embeddings are read in the order of their inputs and written as asked") {
  auto openai = parse_embeddings(
      Format::openai,
      R"({"data":[{"index":1,"embedding":[2]},{"index":0,"embedding":[0.5,-1]}],"usage":{"prompt_tokens":7}})",
      2);
  REQUIRE(openai.has_value());
  CHECK(write_ai_embeddings(*openai, "m") ==
        R"({"embeddings":[[0.5,-1],[2]],"model":"m","inputTokens":7})");
  auto gemini = parse_embeddings(Format::gemini, R"({"embeddings":[{"values":[0.5,-1,2]}]})", 1);
  REQUIRE(gemini.has_value());
  CHECK(
      write_embeddings(*gemini, "m", false) ==
      R"({"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.5,-1,2]}],"model":"m","usage":{"prompt_tokens":0,"total_tokens":0}})");
  CHECK(
      write_embeddings(*gemini, "m", true) ==
      R"({"object":"list","data":[{"object":"embedding","index":0,"embedding":"AAAAPwAAgL8AAABA"}],"model":"m","usage":{"prompt_tokens":0,"total_tokens":0}})");
}

TEST_CASE("an answer that is not the embeddings asked for is the provider's error") {
  struct Case {
    Format format;
    std::string body;
  };
  const Case cases[] = {
      {Format::openai, "<html>"},
      {Format::openai, "{}"},
      {Format::openai, R"({"data":[]})"},
      {Format::openai, R"({"data":[{"index":0,"embedding":[1]}]})"},
      {Format::openai, R"({"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[1]}]})"},
      {Format::openai, R"({"data":[{"index":0,"embedding":[1]},{"index":2,"embedding":[1]}]})"},
      {Format::openai, R"({"data":[{"index":0,"embedding":[1]},{"index":1,"embedding":[]}]})"},
      {Format::openai, R"({"data":[{"index":0,"embedding":[1]},{"index":1,"embedding":["a"]}]})"},
      {Format::openai, R"({"data":[{"index":0,"embedding":[1]},{"index":1,"embedding":"AAAA"}]})"},
      {Format::openai, R"({"data":[1,2]})"},
      {Format::gemini, R"({"embeddings":[{"values":[1]}]})"},
      {Format::gemini, R"({"embeddings":[{"values":[1]},{}]})"},
      {Format::gemini, R"({"embedding":{"values":[1]}})"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.body);
    auto read = parse_embeddings(c.format, c.body, 2);
    REQUIRE(read.has_error());
    CHECK(read.error().code == Errc::provider_error);
  }
}

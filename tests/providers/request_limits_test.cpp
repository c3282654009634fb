// How much is to be written, how it is drawn and where it stops: each parameter by itself.
#include <doctest/doctest.h>

#include "tests/providers/request_case.hpp"

using namespace byok::providers;
using namespace byok::providers::test;

namespace {

std::string request(const std::string& options) {
  return R"({"messages":[{"role":"user","content":"q"}])" + (options.empty() ? "" : "," + options) +
         "}";
}
std::string claude(const std::string& model, int max_tokens, const std::string& options = "") {
  return R"({"model":")" + model + R"(","max_tokens":)" + std::to_string(max_tokens) +
         R"(,"messages":[{"role":"user","content":[{"type":"text","text":"q"}]}])" +
         (options.empty() ? "" : "," + options) + "}";
}
// With its members of generationConfig.
std::string gemini(const std::string& config = "") {
  return R"({"contents":[{"role":"user","parts":[{"text":"q"}]}])" +
         (config.empty() ? "" : R"(,"generationConfig":{)" + config + "}") + "}";
}
std::string openai(const std::string& model, const std::string& options) {
  return R"({"model":")" + model + R"(","messages":[{"role":"user","content":"q"}],)" + options +
         "}";
}

const std::string sonnet = "claude-sonnet-5";
const std::string old_sonnet = "claude-sonnet-4-5";
const std::string flash = "gemini-3.8-flash";

}  // namespace

TEST_CASE("the limit of an answer") {
  const std::string both = R"("max_tokens":9,"max_completion_tokens":7)";
  check_requests({
      {"claude: the newer name wins", sonnet, request(both), claude(sonnet, 7)},
      {"claude: the older name alone", sonnet, request(R"("max_tokens":9)"), claude(sonnet, 9)},
      {"claude: none is the model's own", sonnet, request(""), claude(sonnet, 128000)},
      {"claude: none is an older model's own", old_sonnet, request(""), claude(old_sonnet, 64000)},
      {"gemini: the newer name wins", flash, request(both), gemini(R"("maxOutputTokens":7)")},
      {"gemini: the older name alone", flash, request(R"("max_tokens":9)"),
       gemini(R"("maxOutputTokens":9)")},
      {"gemini: none is none", flash, request(""), gemini()},
      {"openai: a reasoning model knows the newer name only", "gpt-5", request(R"("max_tokens":9)"),
       openai("gpt-5", R"("max_completion_tokens":9)")},
      {"openai: a reasoning model with both", "gpt-5", request(both),
       openai("gpt-5", R"("max_completion_tokens":7)")},
      {"openai: another model gets what was sent", "gpt-4o", request(both), openai("gpt-4o", both)},
  });
}

TEST_CASE("sampling") {
  const std::string hot = R"("temperature":1.7,"top_p":0.5)";
  check_requests({
      {"claude: too hot is as hot as can be, and alone", old_sonnet, request(hot),
       claude(old_sonnet, 64000, R"("temperature":1.0)"), "top_p"},
      {"claude: a temperature in its range stays", old_sonnet, request(R"("temperature":0.25)"),
       claude(old_sonnet, 64000, R"("temperature":0.25)")},
      {"claude: top_p by itself stays", old_sonnet, request(R"("top_p":0.5)"),
       claude(old_sonnet, 64000, R"("top_p":0.5)")},
      {"claude: neither for the newest", "claude-opus-5-5", request(hot),
       claude("claude-opus-5-5", 128000), "temperature,top_p"},
      {"gemini: both as they are", flash, request(hot), gemini(R"("temperature":1.7,"topP":0.5)")},
      {"claude: no seed", sonnet, request(R"("seed":4)"), claude(sonnet, 128000), "seed"},
      {"claude: no penalties", sonnet, request(R"("presence_penalty":1,"frequency_penalty":-1)"),
       claude(sonnet, 128000), "presence_penalty,frequency_penalty"},
      {"claude: no probabilities", sonnet, request(R"("logprobs":true,"top_logprobs":2)"),
       claude(sonnet, 128000), "logprobs,top_logprobs"},
      {"gemini: a seed", flash, request(R"("seed":4)"), gemini(R"("seed":4)")},
      {"gemini: penalties", flash, request(R"("presence_penalty":1,"frequency_penalty":-1)"),
       gemini(R"("presencePenalty":1.0,"frequencyPenalty":-1.0)")},
      {"gemini: probabilities", flash, request(R"("logprobs":true,"top_logprobs":2)"),
       gemini(R"("responseLogprobs":true,"logprobs":2)")},
  });
}

TEST_CASE("where an answer stops, and how many there are") {
  check_requests({
      {"claude: one sequence", sonnet, request(R"("stop":"x")"),
       claude(sonnet, 128000, R"("stop_sequences":["x"])")},
      {"claude: sequences of white space go", sonnet, request(R"("stop":["a"," \n","b"])"),
       claude(sonnet, 128000, R"("stop_sequences":["a","b"])"), "stop"},
      {"claude: white space alone is none", sonnet, request(R"("stop":"\n")"),
       claude(sonnet, 128000), "stop"},
      {"gemini: one sequence", flash, request(R"("stop":"x")"), gemini(R"("stopSequences":["x"])")},
      {"gemini: every sequence", flash, request(R"("stop":["a","\n"])"),
       gemini(R"("stopSequences":["a","\n"])")},
      {"claude: one answer is what there is", sonnet, request(R"("n":1)"), claude(sonnet, 128000)},
      {"gemini: several answers", flash, request(R"("n":2)"), gemini(R"("candidateCount":2)")},
  });
}

TEST_CASE("who asks, and how it is served") {
  const std::string stream_options =
      R"("stream_options":{"include_usage":true,"include_obfuscation":false})";
  check_requests({
      {"claude: the user", sonnet, request(R"("user":"u")"),
       claude(sonnet, 128000, R"("metadata":{"user_id":"u"})")},
      {"gemini: no user", flash, request(R"("user":"u")"), gemini(), "user"},
      {"claude: no service tier", sonnet, request(R"("service_tier":"priority")"),
       claude(sonnet, 128000), "service_tier"},
      {"gemini: no service tier", flash, request(R"("service_tier":"priority")"), gemini(),
       "service_tier"},
      {"claude: how to stream is for byokd", sonnet, request(stream_options),
       claude(sonnet, 128000)},
      {"gemini: how to stream is for byokd", flash, request(stream_options), gemini()},
      {"claude: text is the only modality", sonnet, request(R"("modalities":["text"])"),
       claude(sonnet, 128000)},
      {"gemini: text is the only modality", flash, request(R"("modalities":["text"])"), gemini()},
      {"claude: what nobody knows yet", sonnet, request(R"("brand_new":1)"), claude(sonnet, 128000),
       "brand_new"},
      {"gemini: what nobody knows yet", flash, request(R"("brand_new":1)"), gemini(), "brand_new"},
  });
}

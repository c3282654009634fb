// Parameters beside the messages, in the other providers' words.
#include <doctest/doctest.h>

#include "tests/providers/request_case.hpp"

using namespace byok::providers;
using namespace byok::providers::test;

namespace {

std::string request(const std::string& options) {
  return R"({"messages":[{"role":"user","content":"q"}],)" + options + "}";
}
std::string claude(const std::string& model, const std::string& options, int max_tokens = 1) {
  return R"({"model":")" + model + R"(","max_tokens":)" + std::to_string(max_tokens) +
         R"(,"messages":[{"role":"user","content":[{"type":"text","text":"q"}]}])" +
         (options.empty() ? "" : "," + options) + "}";
}
std::string gemini(const std::string& options) {
  return R"({"contents":[{"role":"user","parts":[{"text":"q"}]}])" +
         (options.empty() ? "" : "," + options) + "}";
}
const std::string one = R"("max_tokens":1)";

// Two tools, the second one strict or not.
std::string tools(bool strict = false) {
  return R"("tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object","properties":{"a":{"type":"integer","minimum":1}}}}},{"type":"function","function":{"name":"g")" +
         std::string(strict ? R"(,"strict":true,"parameters":{"type":"object"})" : "") + "}}]";
}
const std::string claude_f =
    R"({"name":"f","description":"d","input_schema":{"type":"object","properties":{"a":{"type":"integer","minimum":1}}}})";
const std::string claude_g = R"({"name":"g","input_schema":{"type":"object","properties":{}}})";
const std::string claude_tools = R"("tools":[)" + claude_f + "," + claude_g + "]";
const std::string gemini_f =
    R"({"name":"f","description":"d","parametersJsonSchema":{"type":"object","properties":{"a":{"type":"integer","minimum":1}}}})";
const std::string gemini_tools =
    R"("tools":[{"functionDeclarations":[)" + gemini_f + R"(,{"name":"g"}]}])";

std::string calling(const std::string& config) {
  return gemini_tools + R"(,"toolConfig":{"functionCallingConfig":)" + config + "}";
}

}  // namespace

TEST_CASE("tools and the choice among them") {
  const std::string ask = one + "," + tools();
  const std::string allowed =
      R"(,"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[{"type":"function","function":{"name":"g"}}]}})";
  const std::string allowed_auto =
      std::string(allowed).replace(allowed.find("required"), 8, "auto");
  const std::string named = R"(,"tool_choice":{"type":"function","function":{"name":"g"}})";
  const auto choice = [](const std::string& word) { return R"(,"tool_choice":")" + word + R"(")"; };
  const std::string s5 = "claude-sonnet-5";
  const auto claude_choice = [&](const std::string& value) {
    return claude(s5, claude_tools + R"(,"tool_choice":)" + value);
  };
  const auto limited = [](const std::string& config) {
    return gemini(calling(config) + R"(,"generationConfig":{"maxOutputTokens":1})");
  };
  const auto strict_with = [](const std::string& mode) {
    return gemini(
        R"("tools":[{"functionDeclarations":[)" + gemini_f +
        R"(,{"name":"g","parametersJsonSchema":{"type":"object"}}]}],"toolConfig":{"functionCallingConfig":{"mode":")" +
        mode + R"("}})");
  };
  check_requests({
      {"claude: declared", s5, request(ask), claude(s5, claude_tools)},
      {"claude: none", s5, request(ask + choice("none")), claude_choice(R"({"type":"none"})")},
      {"claude: auto", s5, request(ask + choice("auto")), claude_choice(R"({"type":"auto"})")},
      {"claude: required", s5, request(ask + choice("required")),
       claude_choice(R"({"type":"any"})")},
      {"claude: named", s5, request(ask + named), claude_choice(R"({"type":"tool","name":"g"})")},
      {"claude: allowed", s5, request(ask + allowed),
       claude(s5, R"("tools":[)" + claude_g + R"(],"tool_choice":{"type":"any"})")},
      {"claude: allowed, if it likes", s5, request(ask + allowed_auto),
       claude(s5, R"("tools":[)" + claude_g + R"(],"tool_choice":{"type":"auto"})")},
      {"claude: one at a time", s5, request(ask + R"(,"parallel_tool_calls":false)"),
       claude_choice(R"({"type":"auto","disable_parallel_tool_use":true})")},
      {"claude: none has no number", s5,
       request(ask + choice("none") + R"(,"parallel_tool_calls":false)"),
       claude_choice(R"({"type":"none"})")},
      {"claude: forcing is refused by the newest", "claude-opus-5-5", request(ask + named),
       claude("claude-opus-5-5", claude_tools + R"(,"tool_choice":{"type":"auto"})"),
       "tool_choice"},
      {"claude: forcing is refused while it thinks by budget", "claude-sonnet-4-5",
       request(R"("max_tokens":5000,"reasoning_effort":"low",)" + tools() + named),
       claude(
           "claude-sonnet-4-5",
           claude_tools +
               R"(,"tool_choice":{"type":"auto"},"thinking":{"type":"enabled","budget_tokens":2048})",
           5000),
       "tool_choice"},
      {"claude: forcing is refused by some that think always", "claude-fable-5-1",
       request(ask + choice("required")),
       claude("claude-fable-5-1", claude_tools + R"(,"tool_choice":{"type":"auto"})"),
       "tool_choice"},
      {"claude: strict", s5, request(one + "," + tools(true)),
       claude(
           s5,
           R"("tools":[)" + claude_f +
               R"(,{"name":"g","strict":true,"input_schema":{"type":"object","additionalProperties":false}}])")},
      {"claude: strict without parameters", s5,
       request(one + R"(,"tools":[{"type":"function","function":{"name":"g","strict":true}}])"),
       claude(
           s5,
           R"("tools":[{"name":"g","strict":true,"input_schema":{"type":"object","properties":{},"additionalProperties":false}}])")},
      {"the old choice as null says nothing", s5,
       request(ask + choice("required") + R"(,"function_call":null,"functions":null)"),
       claude_choice(R"({"type":"any"})")},
      {"gemini: declared", "gemini-3.8-flash", request(ask),
       gemini(gemini_tools + R"(,"generationConfig":{"maxOutputTokens":1})")},
      {"gemini: none", "gemini-3.8-flash", request(ask + choice("none")),
       limited(R"({"mode":"NONE"})")},
      {"gemini: auto", "gemini-3.8-flash", request(ask + choice("auto")),
       limited(R"({"mode":"AUTO"})")},
      {"gemini: required", "gemini-3.8-flash", request(ask + choice("required")),
       limited(R"({"mode":"ANY"})")},
      {"gemini: named", "gemini-3.8-flash", request(ask + named),
       limited(R"({"mode":"ANY","allowedFunctionNames":["g"]})")},
      {"gemini: allowed", "gemini-3.8-flash", request(ask + allowed),
       limited(R"({"mode":"ANY","allowedFunctionNames":["g"]})")},
      {"gemini: allowed, if it likes", "gemini-3.8-flash", request(ask + allowed_auto),
       limited(R"({"mode":"VALIDATED","allowedFunctionNames":["g"]})")},
      {"gemini: strict, with the choice left to it in words", "gemini-3.8-flash",
       request(tools(true) + choice("auto")), strict_with("VALIDATED")},
      {"gemini: strict and required", "gemini-3.8-flash", request(tools(true) + choice("required")),
       strict_with("ANY")},
      {"gemini: strict", "gemini-3.8-flash", request(tools(true)), strict_with("VALIDATED")},
      {"gemini: one at a time", "gemini-3.8-flash",
       request(tools() + R"(,"parallel_tool_calls":false)"), gemini(gemini_tools),
       "parallel_tool_calls"},
  });
}

TEST_CASE("structured output") {
  const std::string schema =
      R"("response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":)";
  const std::string integer =
      R"({"type":"object","properties":{"a":{"type":"integer","minimum":1}}})";
  check_requests({
      {"claude: closed, and its limits in words", "claude-sonnet-5",
       request(one + "," + schema + integer + "}}"),
       claude(
           "claude-sonnet-5",
           R"("output_config":{"format":{"type":"json_schema","schema":{"type":"object","properties":{"a":{"type":"integer","description":"minimum: 1"}},"additionalProperties":false}}})")},
      {"claude: inside lists, definitions and choices", "claude-sonnet-5",
       request(
           one + "," + schema +
           R"({"type":"array","minItems":2,"description":"d","items":{"oneOf":[{"type":"object"},{"type":"string","format":"email"},{"type":"string","format":"color"}]},"$defs":{"x":{"type":"object","additionalProperties":true}}}}})"),
       claude(
           "claude-sonnet-5",
           R"j("output_config":{"format":{"type":"json_schema","schema":{"type":"array","description":"d (minItems: 2)","items":{"anyOf":[{"type":"object","additionalProperties":false},{"type":"string","format":"email"},{"type":"string","description":"format: \"color\""}]},"$defs":{
        "x" : { "type" : "object", "additionalProperties" : false }}
    }}
})j")},
      {"claude: a property may be called like a limit", "claude-sonnet-5",
       request(
           one + "," + schema +
           R"({"type":"object","properties":{"format":{"type":"string"},"oneOf":{"type":"null"}}}}})"),
       claude(
           "claude-sonnet-5",
           R"("output_config":{"format":{"type":"json_schema","schema":{"type":"object","properties":{"format":{"type":"string"},"oneOf":{"type":"null"}},"additionalProperties":false}}})")},
      {"claude: JSON without a schema is asked for", "claude-sonnet-5",
       request(one + R"(,"response_format":{"type":"json_object"})"),
       claude("claude-sonnet-5", R"("system":"Reply with one JSON object only.")")},
      {"claude: JSON is asked for behind what the system says", "claude-sonnet-5",
       R"({"messages":[{"role":"system","content":"s"},{"role":"user","content":"q"}],)" + one +
           R"(,"response_format":{"type":"json_object"}})",
       claude("claude-sonnet-5", R"("system":"s\nReply with one JSON object only.")")},
      {"gemini: as it is", "gemini-3.8-flash", request(schema + integer + "}}"),
       gemini(R"("generationConfig":{"responseMimeType":"application/json","responseJsonSchema":)" +
              integer + "}")},
      {"gemini: a constant is the only choice", "gemini-3.8-flash",
       request(schema + R"({"anyOf":[{"const":"x"}]}}})"),
       gemini(
           R"("generationConfig":{"responseMimeType":"application/json","responseJsonSchema":{"anyOf":[{"enum":["x"]}]}})")},
      {"gemini: JSON without a schema", "gemini-3.8-flash",
       request(R"("response_format":{"type":"json_object"})"),
       gemini(R"("generationConfig":{"responseMimeType":"application/json"})")},
      {"text is what comes anyway", "gemini-3.8-flash",
       request(R"("response_format":{"type":"text"})"), gemini("")},
  });
}

TEST_CASE("reasoning effort") {
  const auto effort = [](const std::string& word, int max_tokens = 1) {
    return request(R"("max_tokens":)" + std::to_string(max_tokens) + R"(,"reasoning_effort":")" +
                   word + R"(")");
  };
  const auto adaptive = [](const std::string& model, const std::string& word) {
    return claude(
        model,
        R"("thinking":{"type":"adaptive","display":"summarized"},"output_config":{"effort":")" +
            word + R"("})");
  };
  const auto thinks = [](const std::string& config) {
    return gemini(R"("generationConfig":{"maxOutputTokens":1,"thinkingConfig":)" + config + "}");
  };
  check_requests({
      {"claude 5: minimal is low", "claude-sonnet-5", effort("minimal"),
       adaptive("claude-sonnet-5", "low")},
      {"claude 5: high", "claude-opus-5", effort("high"), adaptive("claude-opus-5", "high")},
      {"claude 5: max", "claude-opus-5", effort("max"), adaptive("claude-opus-5", "max")},
      {"claude 5: none", "claude-sonnet-5", effort("none"),
       claude("claude-sonnet-5", R"("thinking":{"type":"disabled"})")},
      {"claude that always thinks: none is low", "claude-opus-5-5", effort("none"),
       adaptive("claude-opus-5-5", "low")},
      {"claude 4.6: no display, and no sampling beside", "claude-opus-4-6",
       request(one + R"(,"reasoning_effort":"medium","temperature":0.5)"),
       claude("claude-opus-4-6",
              R"("thinking":{"type":"adaptive"},"output_config":{"effort":"medium"})"),
       "temperature"},
      {"claude 4.5: tokens", "claude-sonnet-4-5", effort("medium", 10000),
       claude("claude-sonnet-4-5", R"("thinking":{"type":"enabled","budget_tokens":8192})", 10000)},
      {"claude 4.5: no more than are left", "claude-sonnet-4-5", effort("high", 2000),
       claude("claude-sonnet-4-5", R"("thinking":{"type":"enabled","budget_tokens":1999})", 2000)},
      {"claude 4.5: too few", "claude-sonnet-4-5", effort("high", 1000),
       claude("claude-sonnet-4-5", "", 1000), "reasoning_effort"},
      {"claude 4.5: none is its way", "claude-sonnet-4-5", effort("none"),
       claude("claude-sonnet-4-5", "")},
      {"claude 3.5 does not think", "claude-3-5-haiku-20241022", effort("low"),
       claude("claude-3-5-haiku-20241022", ""), "reasoning_effort"},
      {"gemini 3: a level", "gemini-3.8-flash", effort("medium"),
       thinks(R"({"includeThoughts":true,"thinkingLevel":"MEDIUM"})")},
      {"gemini 3: xhigh is high", "gemini-pro-latest", effort("xhigh"),
       thinks(R"({"includeThoughts":true,"thinkingLevel":"HIGH"})")},
      {"gemini 3: none is the least", "gemini-3.8-flash", effort("none"),
       thinks(R"({"thinkingLevel":"MINIMAL"})")},
      {"gemini 2.5: tokens", "gemini-2.5-flash", effort("low"),
       thinks(R"({"includeThoughts":true,"thinkingBudget":1024})")},
      {"gemini 2.5: none", "gemini-2.5-flash", effort("none"), thinks(R"({"thinkingBudget":0})")},
      {"gemini 2.5 pro cannot be told not to", "gemini-2.5-pro", effort("none"),
       thinks(R"({"thinkingBudget":128})")},
      {"gemini 2.0 does not think", "gemini-2.0-flash", effort("low"),
       gemini(R"("generationConfig":{"maxOutputTokens":1})"), "reasoning_effort"},
  });
}

TEST_CASE("what has no counterpart is dropped and told") {
  const std::string all =
      R"("seed":1,"presence_penalty":1,"frequency_penalty":-1,"logprobs":true,"top_logprobs":2,"user":"u","service_tier":"auto","logit_bias":{"1":2},"store":true,"prediction":{"type":"content"},"web_search_options":{"a":1},"moderation":{"a":1},"brand_new":1)";
  const std::string rest =
      "service_tier,logit_bias,store,prediction,web_search_options,moderation,brand_new";
  check_requests({
      {"claude", "claude-sonnet-5", request(one + "," + all),
       claude("claude-sonnet-5", R"("metadata":{"user_id":"u"})"),
       rest + ",seed,presence_penalty,frequency_penalty,logprobs,top_logprobs"},
      {"gemini", "gemini-3.8-flash", request(all),
       gemini(
           R"("generationConfig":{"seed":1,"presencePenalty":1.0,"frequencyPenalty":-1.0,"responseLogprobs":true,"logprobs":2})"),
       rest + ",user"},
      {"gemini 2.5 takes no penalties", "gemini-2.5-flash",
       request(R"("presence_penalty":1,"frequency_penalty":0)"), gemini(""), "presence_penalty"},
      {"of messages", "gemini-3.8-flash",
       R"({"messages":[{"role":"user","content":[{"type":"text","text":"q","cache_control":{"type":"ephemeral"}}],"name":"bob"}]})",
       gemini(""), "messages[0].name,messages[0].content[0].cache_control"},
      {"of tools", "gemini-3.8-flash",
       request(R"("tools":[{"type":"function","function":{"name":"f","future":1}}])"),
       gemini(R"("tools":[{"functionDeclarations":[{"name":"f"}]}])"), "tools[0].function.future"},
  });
}

#include "daemon/providers/model_list.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace byok;
using namespace byok::providers;

TEST_CASE("a page of a provider's models is read, and where the next one is") {
  struct Case {
    std::string name;
    Format format;
    std::string body, ids, next_path;
  };
  const Case cases[] = {
      {"OpenAI", Format::openai, R"({"object":"list","data":[{"id":"gpt-4o"},{"id":"o3"},{}]})",
       "gpt-4o o3 ", ""},
      {"an empty list", Format::openai, R"({"data":[]})", "", ""},
      {"Anthropic, with more", Format::anthropic,
       R"({"data":[{"id":"claude-a"}],"has_more":true,"last_id":"claude a"})", "claude-a ",
       "/v1/models?limit=1000&after_id=claude%20a"},
      {"Anthropic, the last", Format::anthropic,
       R"({"data":[{"id":"claude-a"}],"has_more":false,"last_id":"claude-a"})", "claude-a ", ""},
      {"Gemini, with more", Format::gemini,
       R"({"models":[{"name":"models/gemini-x"},{"name":"tunedModels/t"}],"nextPageToken":"a&b"})",
       "gemini-x tunedModels/t ", "/v1beta/models?pageSize=1000&pageToken=a%26b"},
      {"Gemini, with none", Format::gemini, "{}", "", ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    auto page = parse_model_page(c.format, c.body);
    REQUIRE(page.has_value());
    std::string ids;
    for (const std::string& id : page->ids) ids += id + " ";
    CHECK(ids == c.ids);
    CHECK((page->next.empty() ? "" : list_models_request(c.format, page->next).path) ==
          c.next_path);
  }
}

TEST_CASE("what is no list of models is the provider's error") {
  for (Format format : {Format::openai, Format::anthropic, Format::gemini}) {
    for (std::string body :
         {"", "<html>", "[]", R"({"error":{}})", R"({"data":7,"models":7,"error":1})"}) {
      CAPTURE(body);
      auto page = parse_model_page(format, body);
      REQUIRE(page.has_error());
      CHECK(page.error().code == Errc::provider_error);
    }
  }
}

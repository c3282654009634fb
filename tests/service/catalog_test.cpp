#include <doctest/doctest.h>

#include "daemon/service/catalog.hpp"

using namespace byok;

namespace {

service::Provider provider(std::string_view id, providers::Format format) {
  service::Provider made{*ProviderId::parse(id), format, {}, "authorization", "Bearer ", {}};
  return made;
}

service::Catalog make_catalog() {
  std::vector<service::Provider> all;
  all.push_back(provider("openai", providers::Format::openai));
  all.push_back(provider("anthropic", providers::Format::anthropic));
  all.push_back(provider("gemini", providers::Format::gemini));
  all.push_back(provider("groq", providers::Format::openai));
  return service::Catalog(std::move(all), {{"llama-*", *ProviderId::parse("groq")},
                                           {"gpt-oss-*", *ProviderId::parse("groq")}});
}

}  // namespace

TEST_CASE("a model goes where its prefix, the operator's rules or its name say, in that order") {
  struct Case {
    std::string_view asked;
    std::string_view provider;
    std::string_view model;
  };
  const Case cases[] = {
      {"gpt-4o", "openai", "gpt-4o"},
      {"claude-sonnet-4-5", "anthropic", "claude-sonnet-4-5"},
      {"gemini-2.5-flash", "gemini", "gemini-2.5-flash"},
      {"models/gemini-2.5-flash", "gemini", "gemini-2.5-flash"},
      {"openai/gpt-4o", "openai", "gpt-4o"},
      {"anthropic/whatever", "anthropic", "whatever"},
      {"groq/meta-llama/llama-3", "groq", "meta-llama/llama-3"},
      {"llama-3.1-8b", "groq", "llama-3.1-8b"},
      {"gpt-oss-120b", "groq", "gpt-oss-120b"},
      {"openai/gpt-oss-120b", "openai", "gpt-oss-120b"},
  };
  service::Catalog catalog = make_catalog();
  for (const Case& c : cases) {
    CAPTURE(c.asked);
    auto choice = catalog.choose(c.asked);
    REQUIRE(choice.has_value());
    CHECK(choice->provider->id.view() == c.provider);
    CHECK(choice->model == c.model);
  }
}

TEST_CASE("a model that nobody is known for is refused") {
  service::Catalog catalog = make_catalog();
  for (std::string_view model : {"", "mistral-large", "nobody/gpt", "openai"}) {
    CAPTURE(model);
    auto choice = catalog.choose(model);
    REQUIRE(choice.has_error());
    CHECK(choice.error().code == Errc::unknown_model);
  }
}

TEST_CASE("a provider that is not there is told by the names of those that are") {
  auto missing = make_catalog().require("mistral");
  REQUIRE(missing.has_error());
  CHECK(missing.error().code == Errc::unknown_provider);
  CHECK(missing.error().message().find("anthropic") != std::string::npos);
}

#include "daemon/providers/models.hpp"

#include <doctest/doctest.h>

#include "daemon/providers/anthropic_models.hpp"
#include "daemon/providers/format.hpp"
#include "daemon/providers/openai_models.hpp"

using namespace byok::providers;

TEST_CASE("a model's name tells its provider") {
  struct Case {
    std::string_view model;
    const char* provider;  // "" where no rule matches.
  };
  const Case cases[] = {
      {"gpt-4o", "openai"},
      {"GPT-4o", "openai"},
      {"gpt-6.1-sol", "openai"},
      {"chatgpt-4o-latest", "openai"},
      {"o1", "openai"},
      {"o4-mini", "openai"},
      {"o3-deep-research", "openai"},
      {"text-embedding-3-small", "openai"},
      {"text-embedding-ada-002", "openai"},
      {"davinci-002", "openai"},
      {"whisper-1", "openai"},
      {"ft:gpt-4o-mini:acme::1", "openai"},
      {"claude-opus-5-5", "anthropic"},
      {"Claude-3-haiku", "anthropic"},
      {"gemini-3.8-flash", "gemini"},
      {"gemini-embedding-001", "gemini"},
      {"gemma-3-27b-it", "gemini"},
      {"text-embedding-004", "gemini"},
      {"tunedModels/abc", "gemini"},
      {"aqa", "gemini"},
      {"aqa-2", ""},
      {"omni", ""},
      {"o", ""},
      {"gpt", ""},
      {"claude", ""},
      {"text-embedding-00", ""},
      {"llama-3-70b", ""},
      {"", ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.model);
    CHECK(provider_of_model(c.model).value_or("") == c.provider);
  }
}

TEST_CASE("a provider in front of a model's name is split off") {
  struct Case {
    std::string_view model;
    const char* prefix;
    const char* rest;
  };
  const Case cases[] = {
      {"gpt-4o", "", "gpt-4o"},
      {"openai/gpt-4o", "openai", "gpt-4o"},
      {"groq/openai/gpt-oss", "groq", "openai/gpt-oss"},
      {"models/gemini-pro", "", "gemini-pro"},
      {"gemini/models/gemini-pro", "gemini", "gemini-pro"},
      {"models/openai/x", "", "openai/x"},
      {"tunedModels/abc", "", "tunedModels/abc"},
      {"Meta/llama", "", "Meta/llama"},
      {"/gpt-4o", "", "/gpt-4o"},
      {"openai/", "openai", ""},
      {"", "", ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.model);
    const ModelName name = split_provider_prefix(c.model);
    CHECK(name.prefix == c.prefix);
    CHECK(name.rest == c.rest);
  }
}

TEST_CASE("a Claude model's name tells what it takes") {
  struct Case {
    std::string_view model;
    bool sampling;
    std::int64_t max_output;
  };
  const Case cases[] = {
      {"claude-3-opus-20240229", true, 4096},
      {"claude-3-5-sonnet-20241022", true, 4096},
      {"claude-2.1", true, 4096},
      {"claude-opus-4-20250514", true, 32000},
      {"claude-opus-4-1-20250805", true, 32000},
      {"claude-sonnet-4-20250514", true, 64000},
      {"claude-sonnet-4-5-20250929", true, 64000},
      {"claude-haiku-4-5@20251001", true, 64000},
      {"claude-opus-4-6", true, 128000},
      {"claude-opus-4-7", false, 128000},
      {"claude-sonnet-5", false, 128000},
      {"claude-opus-5.5", false, 128000},
      {"claude-opus-latest", false, 128000},
      {"some-other-model", true, 4096},
  };
  for (const Case& c : cases) {
    CAPTURE(c.model);
    CHECK(anthropic_model(c.model).sampling == c.sampling);
    CHECK(anthropic_model(c.model).max_output == c.max_output);
  }
}

TEST_CASE("an OpenAI model's name tells whether it reasons") {
  struct Case {
    std::string_view model;
    bool reasons;
    bool samples;  // With reasoning switched off.
  };
  const Case cases[] = {
      {"gpt-4o", false, false},
      {"gpt-4.1", false, false},
      {"gpt-5", true, false},
      {"gpt-5-mini", true, false},
      {"gpt-5.1", true, true},
      {"gpt-5-chat-latest", false, false},
      {"GPT-5.6", true, true},
      {"gpt-6-astra", true, false},
      {"gpt-6-sol", true, true},
      {"gpt-6.1-terra", true, true},
      {"gpt-6-terra", true, false},
      {"o1-mini", true, false},
      {"o", false, false},
      {"gpt-oss-120b", false, false},
      {"gpt-realtime", false, false},
      {"gpt-12", true, false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.model);
    CHECK(is_reasoning_model(c.model) == c.reasons);
    CHECK(samples_without_reasoning(c.model) == c.samples);
  }
}

TEST_CASE("each built-in provider has its format, host, credential and key variable") {
  struct Case {
    std::string_view id;
    Format format;
    const char* base_url;
    const char* header;
    const char* prefix;
    const char* variable;
  };
  const Case cases[] = {
      {"openai", Format::openai, "https://api.openai.com", "authorization", "Bearer ",
       "OPENAI_API_KEY"},
      {"anthropic", Format::anthropic, "https://api.anthropic.com", "x-api-key", "",
       "ANTHROPIC_API_KEY"},
      {"gemini", Format::gemini, "https://generativelanguage.googleapis.com", "x-goog-api-key", "",
       "GEMINI_API_KEY"},
  };
  CHECK(builtin_providers().size() == std::size(cases));
  for (const Case& c : cases) {
    CAPTURE(c.id);
    const BuiltinProvider* provider = find_builtin(c.id);
    REQUIRE(provider != nullptr);
    CHECK(provider->format == c.format);
    CHECK(provider->base_url == c.base_url);
    CHECK(provider->global_key_variable == c.variable);
    CHECK(credential_of(c.format).header == c.header);
    CHECK(credential_of(c.format).prefix == c.prefix);
    CHECK(format_from_name(format_name(c.format)) == c.format);
  }
  CHECK(find_builtin("groq") == nullptr);
  CHECK_FALSE(format_from_name("OpenAI").has_value());
}

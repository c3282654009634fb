#include "daemon/providers/models.hpp"

#include <array>

#include "common/ids.hpp"
#include "daemon/providers/text.hpp"

namespace byok::providers {
namespace {

enum class After { anything, digit, end };

struct Rule {
  std::string_view provider;
  std::string_view start;  // Lower case.
  After after = After::anything;
};

// The first match wins. text-embedding-004 is Google's, text-embedding-3-* OpenAI's.
constexpr std::array rules = {
    Rule{"anthropic", "claude-"},
    Rule{"gemini", "gemini-"},
    Rule{"gemini", "gemma-"},
    Rule{"gemini", "imagen-"},
    Rule{"gemini", "veo-"},
    Rule{"gemini", "lyria-"},
    Rule{"gemini", "nano-banana-"},
    Rule{"gemini", "deep-research-"},
    Rule{"gemini", "aqa", After::end},
    Rule{"gemini", "text-embedding-00", After::digit},
    Rule{"gemini", "tunedmodels/"},
    Rule{"openai", "gpt-"},
    Rule{"openai", "chatgpt-"},
    Rule{"openai", "o", After::digit},
    Rule{"openai", "codex-"},
    Rule{"openai", "computer-use-"},
    Rule{"openai", "text-embedding-3-"},
    Rule{"openai", "text-embedding-ada"},
    Rule{"openai", "tts-"},
    Rule{"openai", "whisper-"},
    Rule{"openai", "dall-e-"},
    Rule{"openai", "sora-"},
    Rule{"openai", "omni-moderation-"},
    Rule{"openai", "text-moderation-"},
    Rule{"openai", "babbage-002"},
    Rule{"openai", "davinci-002"},
    Rule{"openai", "ft:"},
};

bool matches(const Rule& rule, std::string_view model) {
  if (!starts_with_ignoring_case(model, rule.start)) return false;
  std::string_view rest = model.substr(rule.start.size());
  switch (rule.after) {
    case After::anything:
      return true;
    case After::digit:
      return !rest.empty() && is_digit(rest.front());
    case After::end:
      return rest.empty();
  }
  return false;
}

// Google's APIs answer with resource names ("models/gemini-3.8-flash"), and programs send them
// back.
std::string_view without_resource_prefix(std::string_view model) {
  constexpr std::string_view prefix = "models/";
  return model.starts_with(prefix) ? model.substr(prefix.size()) : model;
}

}  // namespace

std::optional<std::string_view> provider_of_model(std::string_view model) {
  for (const Rule& rule : rules) {
    if (matches(rule, model)) return rule.provider;
  }
  return std::nullopt;
}

ModelName split_provider_prefix(std::string_view model) {
  const std::string_view name = without_resource_prefix(model);
  const std::size_t slash = name.find('/');
  // After "models/" no provider can follow: the rest is Google's own name.
  if (name.size() != model.size() || slash == std::string_view::npos) return {{}, name};
  if (!ProviderId::parse(name.substr(0, slash)).has_value()) return {{}, name};
  return {name.substr(0, slash), without_resource_prefix(name.substr(slash + 1))};
}

}  // namespace byok::providers

#include "daemon/providers/format.hpp"

#include <array>

namespace byok::providers {
namespace {

struct FormatFacts {
  Format format;
  std::string_view name;
  Credential credential;
};

constexpr std::array formats = {
    FormatFacts{Format::openai, "openai", {"authorization", "Bearer "}},
    FormatFacts{Format::anthropic, "anthropic", {"x-api-key", ""}},
    FormatFacts{Format::gemini, "gemini", {"x-goog-api-key", ""}},
};

constexpr std::array builtins = {
    BuiltinProvider{"openai", Format::openai, "https://api.openai.com", "OPENAI_API_KEY"},
    BuiltinProvider{"anthropic", Format::anthropic, "https://api.anthropic.com",
                    "ANTHROPIC_API_KEY"},
    BuiltinProvider{"gemini", Format::gemini, "https://generativelanguage.googleapis.com",
                    "GEMINI_API_KEY"},
};

// The table is in the order of the enumerators.
const FormatFacts& facts(Format format) { return formats[static_cast<std::size_t>(format)]; }

}  // namespace

std::string_view format_name(Format format) { return facts(format).name; }

std::optional<Format> format_from_name(std::string_view name) {
  for (const FormatFacts& each : formats) {
    if (each.name == name) return each.format;
  }
  return std::nullopt;
}

Credential credential_of(Format format) { return facts(format).credential; }

std::span<const BuiltinProvider> builtin_providers() { return builtins; }

const BuiltinProvider* find_builtin(std::string_view id) {
  for (const BuiltinProvider& each : builtins) {
    if (each.id == id) return &each;
  }
  return nullptr;
}

}  // namespace byok::providers

// The three wire formats that byokd speaks, and what is fixed for each: how the credential is put
// in, where the provider lives, which environment variable holds the operator's global key.
// Sources: the providers' API references and SDKs (openai, @anthropic-ai/sdk, @google/genai).
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace byok::providers {

enum class Format { openai, anthropic, gemini };

// "openai", "anthropic", "gemini".
std::string_view format_name(Format format);
// The inverse of format_name; nothing for any other text.
std::optional<Format> format_from_name(std::string_view name);

// The one header that carries a provider's key: its lower-case name, and what stands in the value
// before the key.
struct Credential {
  std::string_view header;
  std::string_view prefix;
};
Credential credential_of(Format format);

// A provider that needs no configuration.
struct BuiltinProvider {
  std::string_view id;
  Format format;
  std::string_view base_url;             // What stands before /v1/... or /v1beta/...
  std::string_view global_key_variable;  // Environment variable of the operator's own key.
};
std::span<const BuiltinProvider> builtin_providers();
// Null where `id` is none of them.
const BuiltinProvider* find_builtin(std::string_view id);

}  // namespace byok::providers

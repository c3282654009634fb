// Which provider a model belongs to, by its name alone.
#pragma once

#include <optional>
#include <string_view>

namespace byok::providers {

// The id of the built-in provider whose models are named like `model`; nothing where no rule
// matches. Case does not matter. `model` comes without a provider prefix (split_provider_prefix).
std::optional<std::string_view> provider_of_model(std::string_view model);

// Both views point into the text that was split.
struct ModelName {
  std::string_view prefix;  // Empty where no provider was named.
  std::string_view rest;    // The name as the provider knows it.
};

// Cuts "provider/" and Gemini's "models/" off the front. The prefix only has the form of a
// provider's id: other providers' models hold slashes too ("meta-llama/llama-3"), so a caller that
// knows no such provider takes the whole name as the model.
ModelName split_provider_prefix(std::string_view model);

}  // namespace byok::providers

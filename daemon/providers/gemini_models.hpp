// What Google's models differ in, by their names.
// Source: Google's API documentation, "Gemini thinking", "Thought signatures", "Function calling".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace byok::providers {

struct GeminiModel {
  // How much it is to think is asked for in tokens or as a level.
  enum class Thinking { none, budget, level };

  Thinking thinking = Thinking::none;
  std::int64_t least_budget = 0;    // Of a budget: 0 where it can be told not to think.
  bool wants_signatures = false;    // Refuses its own calls back without their thought signature.
  bool penalties = true;            // Takes presence and frequency penalties.
  bool schema_beside_tools = true;  // Takes a response schema together with functions.
  bool system_instruction = true;
};

// For a name of no known family: what every server takes.
GeminiModel gemini_model(std::string_view name);

// "models/NAME", or "tunedModels/NAME": a collection of its own.
std::string gemini_resource(std::string_view model);
// The path and query of a call of `verb`, such as "generateContent".
std::string gemini_path(std::string_view model, std::string_view verb);

}  // namespace byok::providers

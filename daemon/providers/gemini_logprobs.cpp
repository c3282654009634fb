#include "daemon/providers/gemini_logprobs.hpp"

#include <utility>

namespace byok::providers {
namespace {

json::object token_of(const json::value& candidate) {
  const json::object* object = candidate.if_object();
  const std::string_view token = object ? string_or_empty(*object, "token") : std::string_view();
  json::array bytes;
  for (char c : token) bytes.push_back(static_cast<unsigned char>(c));
  json::object result = {{"token", token}, {"logprob", 0.0}, {"bytes", std::move(bytes)}};
  const json::value* probability = object ? object->if_contains("logProbability") : nullptr;
  if (probability != nullptr && probability->is_number()) result["logprob"] = *probability;
  return result;
}

json::array alternatives(const json::array* top, std::size_t index) {
  json::array result;
  if (top == nullptr || index >= top->size()) return result;
  const json::object* step = (*top)[index].if_object();
  const json::array* candidates = step ? find_array(*step, "candidates") : nullptr;
  if (candidates == nullptr) return result;
  for (const json::value& each : *candidates) result.push_back(token_of(each));
  return result;
}

}  // namespace

json::value gemini_logprobs(const json::object& candidate) {
  const json::object* result = find_object(candidate, "logprobsResult");
  const json::array* chosen = result ? find_array(*result, "chosenCandidates") : nullptr;
  if (chosen == nullptr) return nullptr;
  const json::array* top = find_array(*result, "topCandidates");
  json::array content;
  for (std::size_t i = 0; i < chosen->size(); ++i) {
    json::object token = token_of((*chosen)[i]);
    token["top_logprobs"] = alternatives(top, i);
    content.push_back(std::move(token));
  }
  return {{"content", std::move(content)}, {"refusal", nullptr}};
}

}  // namespace byok::providers

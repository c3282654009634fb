#include "cli/chat_models.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <string_view>

#include "cli/json.hpp"
#include "cli/signals.hpp"

namespace byok::cli {
namespace {

// Providers list everything that they serve in one list.
bool may_chat(std::string_view id) {
  constexpr std::array<std::string_view, 15> others = {
      "embed",    "whisper", "tts",  "dall-e", "moderation", "babbage", "davinci", "transcribe",
      "realtime", "image",   "sora", "imagen", "veo",        "audio",   "aqa"};
  return std::ranges::none_of(others,
                              [id](std::string_view word) { return id.find(word) != id.npos; });
}

Failure must_choose(const std::vector<std::string>& models) {
  constexpr std::ptrdiff_t shown = 6;
  const auto count = static_cast<std::ptrdiff_t>(models.size());
  const auto end = models.begin() + std::min(shown, count);
  const bool all = count <= shown;
  return usage_error(fmt::format("no model was named: give one with -m or in BYOK_MODEL; {} {}{}",
                                 all ? "your keys reach" : "your keys reach, among others,",
                                 fmt::join(models.begin(), end, ", "),
                                 all ? "" : " (`byok models` lists them all)"));
}

}  // namespace

Outcome<std::vector<std::string>> chat_models(Client& client) {
  HeldSignals signals({SIGINT});
  client.interrupt_by(signals.fd());
  auto answer = client.call({"GET", "/ai/models", "list the models"});
  client.interrupt_by(-1);
  if (!answer) return answer.error();
  std::vector<std::string> models;
  for (const auto& model : list_at(answer->json, "models")) {
    std::string id = text_at(model, "id");
    if (may_chat(id)) models.push_back(std::move(id));
  }
  std::ranges::sort(models);
  // Not of ranges: clang 14 does not take what g++ 12's library makes of them.
  models.erase(std::unique(models.begin(), models.end()), models.end());
  return models;
}

Outcome<std::string> choose_model(const std::string& given, Client& client) {
  if (!given.empty()) return given;
  if (const char* usual = std::getenv("BYOK_MODEL"); usual != nullptr && *usual != '\0') {
    return std::string(usual);
  }
  auto models = chat_models(client);
  if (!models) return models.error();
  if (models->empty()) {
    return Failure{Exit::no_key,
                   "no model was named, and no key reaches one yet: store a key with `byok set "
                   "PROVIDER`"};
  }
  if (models->size() > 1) return must_choose(*models);
  return models->front();
}

}  // namespace byok::cli

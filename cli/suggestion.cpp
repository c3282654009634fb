#include "cli/suggestion.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <vector>

#include "cli/json.hpp"
#include "common/nearest_name.hpp"

namespace byok::cli {
namespace {

// Providers answer with 400 or 404, and name the model in what they say of it.
bool is_of_the_model(const Failure& failure) {
  if (failure.code == Errc::unknown_model) return true;
  return failure.code == Errc::bad_request && failure.message.find("model") != std::string::npos;
}

}  // namespace

Failure with_nearest_model(Client& client, const std::string& model, Failure failure) {
  if (model.empty() || !is_of_the_model(failure)) return failure;
  client.wait_at_most(std::chrono::seconds(3));
  auto answer = client.call({"GET", "/ai/models", "list the models"});
  if (!answer) return failure;
  std::vector<std::string> names;
  for (const auto& each : list_at(answer->json, "models")) names.push_back(text_at(each, "id"));
  if (std::ranges::count(names, model) != 0) return failure;
  const std::string nearest = nearest_name(model, names);
  if (!nearest.empty()) failure.message += ": did you mean " + nearest + "?";
  return failure;
}

}  // namespace byok::cli

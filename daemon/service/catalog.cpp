#include "daemon/service/catalog.hpp"

#include <fnmatch.h>

#include "common/nearest_name.hpp"
#include "daemon/metrics/slots.hpp"
#include "daemon/providers/models.hpp"

namespace byok::service {
namespace {

// Names of models hold no '[', and '?' is as good as any character: fnmatch's meanings do no harm.
bool fits(const std::string& pattern, std::string_view model) {
  return fnmatch(pattern.c_str(), std::string(model).c_str(), FNM_NOESCAPE) == 0;
}

}  // namespace

Catalog::Catalog(std::vector<Provider> providers, std::vector<ModelRule> rules)
    : providers_(std::move(providers)), rules_(std::move(rules)) {
  for (Provider& provider : providers_) {
    provider.slot = provider.target.slot = metrics::provider_slot(provider.id.view());
  }
}

const Provider* Catalog::find(std::string_view id) const {
  for (const Provider& provider : providers_) {
    if (provider.id.view() == id) return &provider;
  }
  return nullptr;
}

Result<const Provider*> Catalog::require(std::string_view id) const {
  if (const Provider* provider = find(id)) return provider;
  std::vector<std::string> names;
  for (const Provider& provider : providers_) names.push_back(provider.id.str());
  std::string advice = "use one of ";
  if (const std::string nearest = nearest_name(id, names); !nearest.empty()) {
    advice = "did you mean " + nearest + "? There are ";
  }
  for (std::size_t i = 0; i < names.size(); ++i) advice += (i == 0 ? "" : ", ") + names[i];
  return Error{Errc::unknown_provider, "there is no such provider: " + advice};
}

Result<ModelChoice> Catalog::choose(std::string_view model) const {
  auto [prefix, rest] = providers::split_provider_prefix(model);
  if (!prefix.empty()) {
    if (const Provider* provider = find(prefix)) return ModelChoice{provider, rest};
  }
  for (const ModelRule& rule : rules_) {
    if (fits(rule.pattern, model)) return ModelChoice{find(rule.provider.view()), model};
  }
  std::string_view plain = prefix.empty() ? rest : model;
  if (auto id = providers::provider_of_model(plain)) {
    if (const Provider* provider = find(*id)) return ModelChoice{provider, plain};
  }
  return Error{Errc::unknown_model,
               "no provider is known for this model: write it as PROVIDER/MODEL"};
}

std::vector<std::string> Catalog::connection_names() const {
  std::vector<std::string> names;
  for (const Provider& provider : providers_) names.push_back(provider.target.connection_name);
  return names;
}

}  // namespace byok::service

// The providers that this daemon knows, and which of them a model belongs to.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.hpp"
#include "common/ids.hpp"
#include "common/secret.hpp"
#include "daemon/providers/format.hpp"
#include "daemon/upstream/target.hpp"

namespace byok::service {

struct Provider {
  ProviderId id;
  providers::Format format;
  upstream::Target target;
  std::string auth_header;           // lower case
  std::string auth_prefix;           // what stands before the key: "Bearer " or nothing
  std::optional<Secret> global_key;  // the operator's own
  std::size_t slot = 0;              // of its counters; set by the catalog
};

// `pattern` may hold '*' for any run of characters.
struct ModelRule {
  std::string pattern;
  ProviderId provider;
};

struct ModelChoice {
  const Provider* provider;
  std::string_view model;  // as the provider knows it: a view into what was asked for
};

class Catalog {
 public:
  Catalog(std::vector<Provider> providers, std::vector<ModelRule> rules);

  // Null where there is none of that name.
  const Provider* find(std::string_view id) const;
  // Errc::unknown_provider with the names that there are.
  Result<const Provider*> require(std::string_view id) const;
  // An explicit prefix, then the operator's rules, then the built-in ones. Errc::unknown_model.
  Result<ModelChoice> choose(std::string_view model) const;
  const std::vector<Provider>& all() const { return providers_; }
  // Of all providers' targets.
  std::vector<std::string> connection_names() const;

 private:
  std::vector<Provider> providers_;
  std::vector<ModelRule> rules_;
};

}  // namespace byok::service

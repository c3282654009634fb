// The providers' own paths: which provider a request is for, told by its path, its fields and,
// where neither decides, the model in its body.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/error.hpp"
#include "common/http1/message.hpp"
#include "daemon/service/exchange.hpp"
#include "daemon/service/worker.hpp"

namespace byok::service {

struct ProviderPath {
  const Provider* provider;  // the one that it is for, or would be without a model
  std::string_view target;   // path and query under the provider's base URL, views into the request
  bool by_model;             // the body's model has the last word
};

// Nothing where the path is none of a provider's.
std::optional<ProviderPath> find_provider_path(const Catalog& catalog,
                                               const http1::RequestHead& head);

// Whether it asks for a chat, embeddings or models, which is as far as tokens of scope chat reach.
bool is_inference(const ProviderPath& path, std::string_view method);

// Serves it. An error means that nothing has been answered yet. `path` outlives the call.
net::Awaitable<Result<void>> serve_provider_path(Worker& worker, Exchange& exchange,
                                                 const ProviderPath& path);

// byokd's own error in the shape of that provider's API.
std::string provider_error(const ProviderPath& path, const Error& error, int status,
                           std::string_view request_id);

// The value of the query's `key`, where Google's SDKs and examples put the credential; empty where
// there is none.
std::string_view query_key(std::string_view query);

}  // namespace byok::service

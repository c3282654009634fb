// Bulk provisioning: lines of tenants, keys and tokens, many to a transaction, each answered after
// its commit. A line that fails stops no other; the same lines again change nothing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "common/secret.hpp"
#include "daemon/service/tokens.hpp"
#include "daemon/store/writer.hpp"

namespace byok::service {

struct ImportLine {
  TenantId tenant;
  std::optional<ProviderId> provider;
  std::optional<Secret> key;  // set where provider is
  std::optional<TokenOrder> token;
};

struct ImportDone {
  std::optional<Secret> token;  // the new token's text
  std::string token_id;         // of the new one, or of the living one that the line names
};

// Takes up to a transaction's worth of lines, each of which may have failed to parse, and answers
// each in order: the error of one that failed, or what it made.
net::Awaitable<std::vector<Result<ImportDone>>> import_lines(Worker& worker, audit::Actor actor,
                                                             std::vector<Result<ImportLine>> lines);

// What shares one transaction: as many as the writer takes at a time.
inline constexpr std::size_t import_batch = store::Writer::largest_batch;

}  // namespace byok::service

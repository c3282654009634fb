// Bearer tokens: made, listed, revoked. The text is shown once; the database knows its SHA-256.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "common/secret.hpp"
#include "daemon/service/worker.hpp"
#include "daemon/store/records.hpp"

namespace byok::service {

struct TokenInfo {
  std::string id;
  std::string name;
  std::optional<TenantId> tenant;  // none: an operator's
  Scope scope;
  UnixTime created_at;
  UnixTime expires_at;    // 0: never
  UnixTime last_used_at;  // 0: never
};

struct TokenOrder {
  std::string name;  // may be empty
  Scope scope = Scope::full;
  UnixTime expires_at = 0;
};

struct NewToken {
  TokenInfo info;
  Secret text;
};

inline constexpr std::size_t longest_token_name = 128;

// Errc::bad_request for a name that is too long or holds control characters.
Result<void> check_token_name(std::string_view name);

// A token of `order` for the tenant; of scope admin it is an operator's, and has no tenant, though
// one that does not exist is refused. Errc::tenant_not_found.
net::Awaitable<Result<NewToken>> create_token(Worker& worker, audit::Actor actor, TenantId tenant,
                                              TokenOrder order);

// The token that create_token would make, not yet stored: for those who store it with more.
struct PreparedToken {
  Secret text;
  crypto::Digest hash;
  store::TokenRecord record;
};
PreparedToken prepare_token(const TenantId& tenant, const TokenOrder& order);

// Which of a list of tokens, in order of id: `most` behind the one of that id (empty: from the
// first on).
struct TokenRange {
  std::string after;
  std::size_t most;
};

struct TokenPage {
  std::vector<TokenInfo> tokens;    // those whose records authenticate; others are logged
  std::optional<std::string> next;  // what to go on behind, where there may be more
};

// Errc::tenant_not_found.
Result<TokenPage> list_tokens(Worker& worker, const TenantId& tenant, const TokenRange& range);
TokenPage list_operator_tokens(Worker& worker, const TokenRange& range);
// Likewise, of a tenant that exists, within a transaction.
TokenPage read_tokens(Worker& worker, const store::ReadTxn& txn, const TenantId& tenant,
                      const TokenRange& range);

// Refused from the next request on. Errc::not_found.
net::Awaitable<Result<void>> revoke_token(Worker& worker, audit::Actor actor, std::string id);

}  // namespace byok::service

#include "daemon/service/tokens.hpp"

#include <functional>

#include "daemon/service/authentic.hpp"
#include "daemon/service/commit.hpp"
#include "daemon/service/record_id.hpp"

namespace byok::service {
namespace {

using Kind = audit::Record::Kind;

TokenInfo info_of(const store::TokenRecord& record) {
  return {record.id, record.name, record.tenant, record.scope, record.created_at, record.expires_at,
          0};
}

// An index entry leads to a record that must say the same of itself.
std::optional<TokenInfo> read_one(Worker& worker, const store::ReadTxn& txn, std::string_view id,
                                  const crypto::Digest& hash) {
  auto record = load_token(worker.shared.vault, txn, hash);
  if (!record || record->id != id) {
    worker.shared.log.error("token.unreadable", {{"token", id}});
    return std::nullopt;
  }
  TokenInfo info = info_of(*record);
  if (auto bytes = txn.token_state(hash)) {
    info.last_used_at = store::decode_key_state(*bytes).value_or(store::KeyState{}).last_used_at;
  }
  return info;
}

// Takes tokens in order of id until its page is full.
struct PageReader {
  PageReader(Worker& for_worker, const store::ReadTxn& of, const TokenRange& range)
      : worker(for_worker), txn(of), left(range.most) {}

  bool operator()(std::string_view id, const crypto::Digest& hash) {
    if (auto info = read_one(worker, txn, id, hash)) page.tokens.push_back(std::move(*info));
    if (--left > 0) return true;
    page.next = std::string(id);
    return false;
  }

  Worker& worker;
  const store::ReadTxn& txn;
  std::size_t left;
  TokenPage page{};
};

}  // namespace

PreparedToken prepare_token(const TenantId& tenant, const TokenOrder& order) {
  Secret text = make_token(order.scope);
  crypto::Digest hash = crypto::sha256(text.reveal());
  store::TokenRecord record;
  record.id = make_record_id("tok_");
  record.name = order.name;
  if (order.scope != Scope::admin) record.tenant = tenant;
  record.scope = order.scope;
  record.created_at = now();
  record.expires_at = order.expires_at;
  return {std::move(text), hash, std::move(record)};
}

net::Awaitable<Result<NewToken>> create_token(Worker& worker, audit::Actor actor, TenantId tenant,
                                              TokenOrder order) {
  const vault::Vault& vault = worker.shared.vault;
  PreparedToken token = prepare_token(tenant, order);
  std::string sealed = seal_token(vault, token.hash, token.record);
  const audit::Record change(Kind::change, "token.created", actor,
                             {{"token", token.record.id},
                              {"tenant", token.record.tenant.value_or(TenantId())},
                              {"scope", scope_name(order.scope)},
                              {"name", token.record.name}});
  auto step = [&](store::WriteTxn& txn) -> Result<void> {
    store::TenantEdit edit = txn.edit(tenant);
    auto record = load_tenant(vault, edit);
    if (!token.record.tenant) {
      // An operator must be able to come in, whatever is wrong with a tenant's record.
      if (!record && record.error().code == Errc::tenant_not_found) return record.error();
      txn.put_operator_token(token.hash, token.record.id, sealed);
      return {};
    }
    if (!record) return record.error();
    edit.put_token(token.hash, token.record.id, sealed);
    return {};
  };
  Result<void> done = co_await commit(worker, change, step);
  if (!done) co_return done.error();
  worker.shared.log.info(
      "token.created",
      {{"token", token.record.id}, {"tenant", tenant}, {"scope", scope_name(order.scope)}});
  co_return NewToken{info_of(token.record), std::move(token.text)};
}

TokenPage read_tokens(Worker& worker, const store::ReadTxn& txn, const TenantId& tenant,
                      const TokenRange& range) {
  PageReader reader(worker, txn, range);
  txn.tenant(tenant).each_token_behind(range.after, std::ref(reader));
  return std::move(reader.page);
}

Result<TokenPage> list_tokens(Worker& worker, const TenantId& tenant, const TokenRange& range) {
  store::ReadTxn txn = worker.reader.begin();
  auto record = load_tenant(worker.shared.vault, txn.tenant(tenant));
  if (!record) return record.error();
  return read_tokens(worker, txn, tenant, range);
}

TokenPage list_operator_tokens(Worker& worker, const TokenRange& range) {
  store::ReadTxn txn = worker.reader.begin();
  PageReader reader(worker, txn, range);
  txn.each_operator_token_behind(range.after, std::ref(reader));
  return std::move(reader.page);
}

net::Awaitable<Result<void>> revoke_token(Worker& worker, audit::Actor actor, std::string id) {
  const vault::Vault& vault = worker.shared.vault;
  const audit::Record change(Kind::deletion, "token.revoked", actor, {{"token", id}});
  auto step = [&](store::WriteTxn& txn) -> Result<void> {
    Error unknown{Errc::not_found,
                  "there is no token of that id: list them with `byok token list`"};
    auto hash = txn.token_hash(id);
    if (!hash) return unknown;
    auto record = load_token(vault, txn, *hash);
    if (!record) return record.error();
    if (record->id != id) return unknown;
    if (record->tenant) {
      txn.edit(*record->tenant).erase_token(*hash, id);
    } else {
      txn.erase_operator_token(*hash, id);
    }
    return {};
  };
  Result<void> done = co_await commit(worker, change, step);
  if (done) worker.shared.log.info("token.revoked", {{"token", id}});
  co_return done;
}

}  // namespace byok::service

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "daemon/store/environment.hpp"
#include "daemon/store/keys.hpp"

namespace byok::store {
namespace {

MDB_txn* begin_writing(EnvironmentState& environment) {
  environment.headroom.prepare();
  MDB_txn* txn = nullptr;
  check(mdb_txn_begin(environment.env.get(), nullptr, 0, &txn), "mdb_txn_begin",
        environment.env.get());
  return txn;
}

// The default id is nobody's: under it lie the operator's tokens.
const TenantId& tenant_only(const TenantId& id) {
  if (id.view().empty()) throw std::logic_error("an edit of no tenant");
  return id;
}

// LMDB gives an environment up where it cannot write its meta page: nobody could even read any
// more.
void open_anew_where_given_up(EnvironmentState& environment) noexcept {
  MDB_txn* txn = nullptr;
  const int code = mdb_txn_begin(environment.env.get(), nullptr, MDB_RDONLY, &txn);
  if (code == MDB_SUCCESS) mdb_txn_abort(txn);
  if (code != MDB_PANIC) return;
  std::lock_guard lock(environment.copying);
  environment.reopen();
}

}  // namespace

WriteTxn::WriteTxn(Environment& environment)
    : ReadTxn(*environment.state_, begin_writing(*environment.state_), nullptr) {}

WriteTxn::~WriteTxn() {
  if (txn_ != nullptr) mdb_txn_abort(txn_);
}

void WriteTxn::commit() {
  const bool note = destroys_ && !environment_->compaction_due;
  if (note) put(Table::meta, compaction_due_name, "1");
  try {
    store::commit(Txn(std::exchange(txn_, nullptr)), environment_->env.get());
  } catch (const StoreError&) {
    open_anew_where_given_up(*environment_);
    throw;
  }
  if (note) environment_->compaction_due = true;
}

void WriteTxn::put(Table table, std::string_view key, std::string_view value) {
  // Looking up the old record costs a descent, so only where it decides. There is one short record
  // for each name in meta, and deletions write there too.
  if (table != Table::meta && !environment_->headroom.may_grow(txn_)) {
    std::optional<std::string_view> old = get(table, key);
    if (!old || old->size() < value.size()) {
      throw StoreError("the rest of the space is kept for deletions", true);
    }
  }
  MDB_val key_val = to_val(key);
  MDB_val value_val = to_val(value);
  // Counted before: a put that fails may have changed pages already.
  ++changes_;
  check(mdb_put(txn_, environment_->dbi(table), &key_val, &value_val, 0), "mdb_put",
        environment_->env.get());
}

bool WriteTxn::change(MDB_cursor*& cursor, Table table, std::string_view key,
                      const std::function<std::string(std::string_view)>& change) {
  if (cursor == nullptr) {
    check(mdb_cursor_open(txn_, environment_->dbi(table), &cursor), "mdb_cursor_open");
  }
  MDB_val key_val = to_val(key);
  MDB_val value_val;
  // A cursor looks at the page where it stands before it descends from the root.
  const int code = mdb_cursor_get(cursor, &key_val, &value_val, MDB_SET);
  if (code == MDB_NOTFOUND) return false;
  check(code, "mdb_cursor_get");
  const std::string changed = change(to_view(value_val));
  value_val = to_val(changed);
  ++changes_;
  check(mdb_cursor_put(cursor, &key_val, &value_val, MDB_CURRENT), "mdb_cursor_put",
        environment_->env.get());
  return true;
}

void WriteTxn::erase(Table table, std::string_view key) {
  // Looked up first: a deletion of nothing is no change.
  if (!get(table, key)) return;
  destroys_ = destroys_ || table == Table::deks;
  MDB_val key_val = to_val(key);
  ++changes_;
  check(mdb_del(txn_, environment_->dbi(table), &key_val, nullptr), "mdb_del",
        environment_->env.get());
}

void WriteTxn::erase_all(Table table, std::string_view prefix) {
  for (;;) {
    std::string key;
    each(table, prefix, [&](std::string_view rest, std::string_view) {
      key.append(prefix).append(rest);
      return false;
    });
    if (key.empty()) return;
    erase(table, key);
  }
}

void WriteTxn::put_indexed(const IndexedTable& table, const TenantId& owner,
                           const crypto::Digest& hash, std::string_view id,
                           std::string_view record) {
  put(table.records, crypto::view(hash), record);
  put(table.by_owner, RecordKey::of(owner, id).view(), crypto::view(hash));
  put(table.by_id, id, crypto::view(hash));
}

bool WriteTxn::erase_indexed(const IndexedTable& table, const TenantId& owner,
                             const crypto::Digest& hash, std::string_view id) {
  RecordKey key = RecordKey::of(owner, id);
  // The owner's index decides, so that no one's edit reaches what is another's.
  if (get(table.by_owner, key.view()) != crypto::view(hash)) return false;
  erase(table.by_owner, key.view());
  erase(table.by_id, id);
  erase(table.records, crypto::view(hash));
  return true;
}

void WriteTxn::erase_token_of(const TenantId& owner, const crypto::Digest& hash,
                              std::string_view token_id) {
  if (erase_indexed(token_table, owner, hash, token_id)) {
    erase(Table::key_state, crypto::view(hash));
  }
}

void WriteTxn::put_operator_token(const crypto::Digest& hash, std::string_view token_id,
                                  std::string_view record) {
  put_indexed(token_table, TenantId(), hash, token_id, record);
}

void WriteTxn::erase_operator_token(const crypto::Digest& hash, std::string_view token_id) {
  erase_token_of(TenantId(), hash, token_id);
}

void WriteTxn::put_token_state(const crypto::Digest& hash, std::string_view state) {
  if (token(hash)) put(Table::key_state, crypto::view(hash), state);
}

void WriteTxn::put_meta(std::string_view name, std::string_view value) {
  put(Table::meta, name, value);
}

TenantEdit::TenantEdit(WriteTxn& txn, const TenantId& id)
    : TenantView(txn, tenant_only(id)), edited_(&txn) {}

void TenantEdit::put_record(std::string_view record) {
  edited_->put(Table::tenants, id_.view(), record);
}

void TenantEdit::put_key(const ProviderId& provider, std::string_view record) {
  edited_->put(Table::keys, RecordKey::of(id_, provider).view(), record);
}

void TenantEdit::erase_key(const ProviderId& provider) {
  RecordKey key = RecordKey::of(id_, provider);
  edited_->erase(Table::keys, key.view());
  edited_->erase(Table::key_state, key.view());
}

void TenantEdit::put_dek(std::uint64_t version, std::string_view record) {
  edited_->put(Table::deks, RecordKey::of(id_, version).view(), record);
}

void TenantEdit::erase_dek(std::uint64_t version) {
  edited_->erase(Table::deks, RecordKey::of(id_, version).view());
}

void TenantEdit::put_key_state(const ProviderId& provider, std::string_view state) {
  if (key(provider)) {
    edited_->put(Table::key_state, RecordKey::of(id_, provider).view(), state);
  }
}

void TenantEdit::put_usage(std::string_view row, std::string_view counts) {
  edited_->put(Table::usage, RecordKey::of(id_, row).view(), counts);
}

bool TenantEdit::change_usage(std::string_view row,
                              const std::function<std::string(std::string_view)>& change) {
  return edited_->change(edited_->usage_cursor_, Table::usage, RecordKey::of(id_, row).view(),
                         change);
}

void TenantEdit::erase_usage(std::string_view row) {
  edited_->erase(Table::usage, RecordKey::of(id_, row).view());
}

void TenantEdit::put_token(const crypto::Digest& hash, std::string_view token_id,
                           std::string_view record) {
  edited_->put_indexed(token_table, id_, hash, token_id, record);
}

void TenantEdit::erase_token(const crypto::Digest& hash, std::string_view token_id) {
  edited_->erase_token_of(id_, hash, token_id);
}

void TenantEdit::put_link(const crypto::Digest& hash, std::string_view link_id,
                          std::string_view record) {
  edited_->put_indexed(link_table, id_, hash, link_id, record);
}

void TenantEdit::erase_link(const crypto::Digest& hash, std::string_view link_id) {
  edited_->erase_indexed(link_table, id_, hash, link_id);
}

void TenantEdit::erase_everything() {
  std::vector<std::pair<std::string, crypto::Digest>> found;
  const auto note = [&found](std::string_view id, const crypto::Digest& hash) {
    found.emplace_back(id, hash);
    return true;
  };
  each_token_behind({}, note);
  for (const auto& [token_id, hash] : found) erase_token(hash, token_id);
  found.clear();
  each_link_behind({}, note);
  for (const auto& [link_id, hash] : found) erase_link(hash, link_id);

  // A token's state lies under its hash, which may begin like a tenant's id: so by name, not by
  // prefix.
  std::vector<ProviderId> providers;
  each_key([&](const ProviderId& provider, std::string_view) { providers.push_back(provider); });
  for (const ProviderId& provider : providers) erase_key(provider);

  RecordKey prefix = RecordKey::of(id_);
  edited_->erase_all(Table::keys, prefix.view());
  edited_->erase_all(Table::deks, prefix.view());
  edited_->erase_all(Table::usage, prefix.view());
  edited_->erase_all(Table::tokens_by_tenant, prefix.view());
  edited_->erase_all(Table::links_by_tenant, prefix.view());
  edited_->erase(Table::tenants, id_.view());
}

}  // namespace byok::store

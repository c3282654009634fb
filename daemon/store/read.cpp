#include <stdexcept>
#include <utility>

#include "common/encoding.hpp"
#include "daemon/store/environment.hpp"
#include "daemon/store/keys.hpp"
#include "daemon/store/records.hpp"

namespace byok::store {
namespace {

std::optional<crypto::Digest> to_digest(std::string_view bytes) {
  crypto::Digest hash;
  if (bytes.size() != hash.size()) return std::nullopt;
  bytes.copy(hash.data(), hash.size());
  return hash;
}

}  // namespace

Reader::Reader(Environment& environment) : environment_(*environment.state_) {
  std::lock_guard lock(environment_.registering);
  environment_.readers.push_back(this);
}

Reader::~Reader() {
  std::lock_guard lock(environment_.registering);
  std::erase(environment_.readers, this);
  let_go();
}

void Reader::let_go() {
  if (txn_ != nullptr) mdb_txn_abort(std::exchange(txn_, nullptr));
  live_ = false;
}

ReadTxn Reader::begin() {
  if (busy_) throw std::logic_error("a thread's reader has one transaction at a time");
  std::unique_lock lock(mutex_);
  if (live_ && !is_newest()) finish();
  if (txn_ == nullptr) {
    check(mdb_txn_begin(environment_.env.get(), nullptr, MDB_RDONLY, &txn_), "mdb_txn_begin");
  } else if (!live_) {
    check(mdb_txn_renew(txn_), "mdb_txn_renew");
  }
  live_ = true;
  busy_ = true;
  lock.release();  // by end()
  return ReadTxn(environment_, txn_, this);
}

void Reader::end() {
  busy_ = false;
  if (!holding_) finish();
  mutex_.unlock();
}

void Reader::release() {
  holding_ = false;
  if (busy_) return;
  std::lock_guard lock(mutex_);
  if (live_) finish();
}

bool Reader::is_newest() const {
  MDB_envinfo info;
  return mdb_env_info(environment_.env.get(), &info) == MDB_SUCCESS &&
         info.me_last_txnid == mdb_txn_id(txn_);
}

void Reader::finish() {
  mdb_txn_reset(txn_);
  live_ = false;
}

ReadTxn::ReadTxn(ReadTxn&& other) noexcept
    : environment_(other.environment_),
      txn_(std::exchange(other.txn_, nullptr)),
      reader_(std::exchange(other.reader_, nullptr)) {}

ReadTxn::~ReadTxn() {
  if (reader_ != nullptr) reader_->end();
}

std::optional<std::string_view> ReadTxn::get(Table table, std::string_view key) const {
  // Ids come from requests: one that no key can be is only one that is not there.
  if (!is_possible_key(key)) return std::nullopt;
  MDB_val key_val = to_val(key);
  MDB_val value;
  int code = mdb_get(txn_, environment_->dbi(table), &key_val, &value);
  if (code == MDB_NOTFOUND) return std::nullopt;
  check(code, "mdb_get");
  return to_view(value);
}

void ReadTxn::each_from(
    Table table, std::string_view prefix, std::string_view first,
    const std::function<bool(std::string_view rest, std::string_view value)>& visit) const {
  Cursor cursor = open_cursor(txn_, environment_->dbi(table));
  std::string_view key = first;
  std::string_view value;
  for (bool more = seek(cursor.get(), key, value); more && key.starts_with(prefix);
       more = next(cursor.get(), key, value)) {
    if (!visit(key.substr(prefix.size()), value)) return;
  }
}

void ReadTxn::each_indexed(
    Table index, std::string_view prefix, std::string_view after,
    const std::function<bool(std::string_view id, const crypto::Digest& hash)>& visit) const {
  std::string first(prefix);
  first.append(after);
  each_from(index, prefix, first, [&](std::string_view id, std::string_view value) {
    std::optional<crypto::Digest> hash = to_digest(value);
    if (!hash || (!after.empty() && id == after)) return true;
    return visit(id, *hash);
  });
}

std::optional<crypto::Digest> ReadTxn::get_hash(Table index, std::string_view id) const {
  std::optional<std::string_view> hash = get(index, id);
  if (!hash) return std::nullopt;
  return to_digest(*hash);
}

void ReadTxn::each_tenant(
    const std::optional<TenantId>& after,
    const std::function<bool(const TenantId&, std::string_view record)>& visit) const {
  Cursor cursor = open_cursor(txn_, environment_->dbi(Table::tenants));
  std::string_view key = after ? after->view() : std::string_view();
  std::string_view value;
  for (bool more = seek(cursor.get(), key, value); more; more = next(cursor.get(), key, value)) {
    Result<TenantId> id = TenantId::parse(key);
    if (!id || *id == after) continue;
    if (!visit(*id, value)) return;
  }
}

std::optional<std::string_view> ReadTxn::token(const crypto::Digest& hash) const {
  return get(Table::tokens, crypto::view(hash));
}

std::optional<crypto::Digest> ReadTxn::token_hash(std::string_view token_id) const {
  return get_hash(Table::tokens_by_id, token_id);
}

std::optional<std::string_view> ReadTxn::token_state(const crypto::Digest& hash) const {
  return get(Table::key_state, crypto::view(hash));
}

void ReadTxn::each_operator_token(
    const std::function<void(std::string_view token_id, const crypto::Digest& hash)>& visit) const {
  each_operator_token_behind({}, [&](std::string_view token_id, const crypto::Digest& hash) {
    visit(token_id, hash);
    return true;
  });
}

void ReadTxn::each_operator_token_behind(
    std::string_view after,
    const std::function<bool(std::string_view token_id, const crypto::Digest& hash)>& visit) const {
  each_indexed(Table::tokens_by_tenant, RecordKey::of(TenantId()).view(), after, visit);
}

std::optional<std::string_view> ReadTxn::link(const crypto::Digest& hash) const {
  return get(Table::links, crypto::view(hash));
}

std::optional<crypto::Digest> ReadTxn::link_hash(std::string_view link_id) const {
  return get_hash(Table::links_by_id, link_id);
}

void ReadTxn::each_link_behind(
    std::string_view after,
    const std::function<bool(std::string_view link_id, const crypto::Digest& hash)>& visit) const {
  each_indexed(Table::links_by_id, {}, after, visit);
}

std::optional<std::string_view> ReadTxn::meta(std::string_view name) const {
  return get(Table::meta, name);
}

std::optional<std::string_view> TenantView::record() const {
  return txn_->get(Table::tenants, id_.view());
}

std::optional<std::string_view> TenantView::key(const ProviderId& provider) const {
  return txn_->get(Table::keys, RecordKey::of(id_, provider).view());
}

std::optional<std::string_view> TenantView::dek(std::uint64_t version) const {
  return txn_->get(Table::deks, RecordKey::of(id_, version).view());
}

std::optional<std::string_view> TenantView::key_state(const ProviderId& provider) const {
  return txn_->get(Table::key_state, RecordKey::of(id_, provider).view());
}

std::optional<std::string_view> TenantView::usage(std::string_view row) const {
  return txn_->get(Table::usage, RecordKey::of(id_, row).view());
}

void TenantView::each_key(
    const std::function<void(const ProviderId&, std::string_view record)>& visit) const {
  txn_->each(Table::keys, RecordKey::of(id_).view(),
             [&](std::string_view rest, std::string_view record) {
               Result<ProviderId> provider = ProviderId::parse(rest);
               if (provider) visit(*provider, record);
               return true;
             });
}

void TenantView::each_dek(
    const std::function<void(std::uint64_t version, std::string_view record)>& visit) const {
  txn_->each(Table::deks, RecordKey::of(id_).view(),
             [&](std::string_view rest, std::string_view record) {
               if (rest.size() == sizeof(std::uint64_t)) visit(get_u64(rest.data()), record);
               return true;
             });
}

void TenantView::each_token(
    const std::function<void(std::string_view token_id, const crypto::Digest& hash)>& visit) const {
  each_token_behind({}, [&](std::string_view token_id, const crypto::Digest& hash) {
    visit(token_id, hash);
    return true;
  });
}

void TenantView::each_token_behind(
    std::string_view after,
    const std::function<bool(std::string_view token_id, const crypto::Digest& hash)>& visit) const {
  txn_->each_indexed(Table::tokens_by_tenant, RecordKey::of(id_).view(), after, visit);
}

void TenantView::each_link_behind(
    std::string_view after,
    const std::function<bool(std::string_view link_id, const crypto::Digest& hash)>& visit) const {
  txn_->each_indexed(Table::links_by_tenant, RecordKey::of(id_).view(), after, visit);
}

void TenantView::each_usage(
    Day first,
    const std::function<bool(std::string_view row, std::string_view counts)>& visit) const {
  txn_->each_from(Table::usage, RecordKey::of(id_).view(),
                  RecordKey::of(id_, usage_rows_from(first)).view(), visit);
}

}  // namespace byok::store

#include "daemon/service/links.hpp"

#include <algorithm>

#include "daemon/service/authentic.hpp"
#include "daemon/service/commit.hpp"
#include "daemon/service/old_links.hpp"
#include "daemon/service/record_id.hpp"

namespace byok::service {
namespace {

using Kind = audit::Record::Kind;

Error no_link() {
  return {Errc::not_found, "there is no link of that id: list them with `byok link list`"};
}

// The link of that id, with what it lies under; the index must lead to a record that says the same
// of itself.
struct Found {
  crypto::Digest hash;
  store::LinkRecord record;
};
Result<Found> find_by_id(const vault::Vault& vault, const store::ReadTxn& txn,
                         std::string_view id) {
  auto hash = txn.link_hash(id);
  if (!hash) return no_link();
  auto record = load_link(vault, txn, *hash);
  if (!record) return record.error();
  if (record->id != id) return no_link();
  return Found{*hash, std::move(*record)};
}

}  // namespace

LinkState link_state(const store::LinkRecord& link, UnixTime at) {
  if (link.used_at != 0) return LinkState::used;
  if (link.revoked_at != 0) return LinkState::revoked;
  return link.expires_at <= at ? LinkState::expired : LinkState::open;
}

std::string_view link_state_name(LinkState state) {
  switch (state) {
    case LinkState::open:
      return "open";
    case LinkState::used:
      return "used";
    case LinkState::expired:
      return "expired";
    case LinkState::revoked:
      return "revoked";
  }
  return "open";  // not a LinkState: memory is corrupt
}

Result<void> check_link_note(std::string_view note) {
  const bool plain = std::none_of(note.begin(), note.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
  if (note.size() > longest_link_note || !plain) {
    return Error{Errc::bad_request,
                 "a link's note is at most 256 bytes of text without control characters"};
  }
  return {};
}

net::Awaitable<Result<NewLink>> create_link(Worker& worker, audit::Actor actor, LinkOrder order) {
  const vault::Vault& vault = worker.shared.vault;
  Secret secret = make_link_secret();
  const crypto::Digest hash = crypto::sha256(secret.reveal());
  store::LinkRecord link;
  link.id = make_record_id("lnk_");
  link.tenant = order.tenant;
  link.provider = order.provider;
  link.note = std::move(order.note);
  link.created_at = now();
  link.expires_at = order.expires_at;
  const std::string sealed = seal_link(vault, hash, link);
  const audit::Record change(Kind::change, "link.created", actor,
                             {{"link", link.id},
                              {"tenant", link.tenant},
                              {"provider", link.provider},
                              {"note", link.note},
                              {"expiresAt", to_rfc3339(link.expires_at)}});
  std::size_t cleared = 0;
  auto step = [&](store::WriteTxn& txn) -> Result<void> {
    store::TenantEdit edit = txn.edit(link.tenant);
    if (auto record = load_tenant(vault, edit); !record) return record.error();
    cleared = clear_old_links(vault, txn, link.id, link.created_at);
    edit.put_link(hash, link.id, sealed);
    return {};
  };
  Result<void> done = co_await commit(worker, change, step);
  if (!done) co_return done.error();
  worker.shared.log.info("link.created",
                         {{"link", link.id}, {"tenant", link.tenant}, {"provider", link.provider}});
  if (cleared > 0) worker.shared.log.info("links.cleared", {{"links", cleared}});
  co_return NewLink{std::move(link), std::move(secret)};
}

Result<LinkPage> list_links(Worker& worker, const LinkRange& range) {
  const vault::Vault& vault = worker.shared.vault;
  store::ReadTxn txn = worker.reader.begin();
  LinkPage page;
  std::size_t left = range.most;
  const auto take = [&](std::string_view id, const crypto::Digest& hash) {
    auto record = load_link(vault, txn, hash);
    const bool sound =
        record && record->id == id && (!range.tenant || record->tenant == *range.tenant);
    if (sound) {
      page.links.push_back(std::move(*record));
    } else {
      worker.shared.log.error("link.unreadable", {{"link", id}});
    }
    if (--left > 0) return true;
    page.next = std::string(id);
    return false;
  };
  if (!range.tenant) {
    txn.each_link_behind(range.after, take);
    return page;
  }
  const store::TenantView view = txn.tenant(*range.tenant);
  if (auto record = load_tenant(vault, view); !record) return record.error();
  view.each_link_behind(range.after, take);
  return page;
}

Result<store::LinkRecord> show_link(Worker& worker, std::string_view id) {
  store::ReadTxn txn = worker.reader.begin();
  auto found = find_by_id(worker.shared.vault, txn, id);
  if (!found) return found.error();
  return std::move(found->record);
}

net::Awaitable<Result<void>> revoke_link(Worker& worker, audit::Actor actor, std::string id) {
  const vault::Vault& vault = worker.shared.vault;
  bool changed = false;
  auto step = [&](store::WriteTxn& txn) -> Result<void> {
    changed = false;
    auto found = find_by_id(vault, txn, id);
    if (!found) return found.error();
    store::LinkRecord& link = found->record;
    if (link.used_at != 0) {
      return Error{Errc::link_used,
                   "this link has been used, and its key is stored: revoking it comes too late"};
    }
    if (link.revoked_at != 0) return {};
    link.revoked_at = now();
    txn.edit(link.tenant).put_link(found->hash, id, seal_link(vault, found->hash, link));
    worker.shared.trail.intend(
        {Kind::deletion,
         "link.revoked",
         actor,
         {{"link", id}, {"tenant", link.tenant}, {"provider", link.provider}}});
    changed = true;
    return {};
  };
  Result<void> done = co_await commit_untold(worker, step);
  if (done && changed) worker.shared.log.info("link.revoked", {{"link", id}});
  co_return done;
}

}  // namespace byok::service

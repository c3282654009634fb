#include "daemon/service/old_links.hpp"

#include <utility>
#include <vector>

#include "daemon/service/authentic.hpp"

namespace byok::service {
namespace {

constexpr std::size_t looked_at = 32;

UnixTime over_since(const store::LinkRecord& link) {
  if (link.used_at != 0) return link.used_at;
  return link.revoked_at != 0 ? link.revoked_at : link.expires_at;
}

}  // namespace

std::size_t clear_old_links(const vault::Vault& vault, store::WriteTxn& txn,
                            std::string_view behind, UnixTime at) {
  std::vector<std::pair<crypto::Digest, store::LinkRecord>> old;
  std::size_t left = looked_at;
  const auto look = [&](std::string_view id, const crypto::Digest& hash) {
    // One that does not authenticate is for the doctor to tell of, and its index may lie.
    auto link = load_link(vault, txn, hash);
    if (link && link->id == id && over_since(*link) + old_links_kept <= at) {
      old.emplace_back(hash, std::move(*link));
    }
    return --left > 0;
  };
  txn.each_link_behind(behind, look);
  if (left > 0) {
    txn.each_link_behind({}, [&](std::string_view id, const crypto::Digest& hash) {
      return id <= behind && look(id, hash);
    });
  }
  for (const auto& [hash, link] : old) txn.edit(link.tenant).erase_link(hash, link.id);
  return old.size();
}

}  // namespace byok::service

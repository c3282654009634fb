// Links by which a tenant's provider key is handed over, as the operator sees them: made, listed,
// revoked. A link's secret is shown once; the database knows its SHA-256. What its holder does with
// it is in link_use.hpp.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.hpp"
#include "common/secret.hpp"
#include "daemon/service/worker.hpp"
#include "daemon/store/records.hpp"

namespace byok::service {

enum class LinkState { open, used, expired, revoked };

LinkState link_state(const store::LinkRecord& link, UnixTime at);
std::string_view link_state_name(LinkState state);

struct LinkOrder {
  TenantId tenant;
  ProviderId provider;
  std::string note;  // shown to whoever opens the link; may be empty
  UnixTime expires_at = 0;
};

struct NewLink {
  store::LinkRecord link;
  Secret secret;
};

inline constexpr std::size_t longest_link_note = 256;

// Errc::bad_request for a note that is too long or holds control characters.
Result<void> check_link_note(std::string_view note);

// Errc::tenant_not_found. Clears away some links that were over long ago.
net::Awaitable<Result<NewLink>> create_link(Worker& worker, audit::Actor actor, LinkOrder order);

// Which of a list of links, in order of id: `most` behind the one of that id (empty: from the first
// on), of one tenant or of all.
struct LinkRange {
  std::optional<TenantId> tenant;
  std::string after;
  std::size_t most;
};

struct LinkPage {
  std::vector<store::LinkRecord> links;  // those whose records authenticate; others are logged
  std::optional<std::string> next;       // what to go on behind, where there may be more
};

// Errc::tenant_not_found.
Result<LinkPage> list_links(Worker& worker, const LinkRange& range);

// Errc::not_found.
Result<store::LinkRecord> show_link(Worker& worker, std::string_view id);

// Refused from the next request on. Errc::not_found; Errc::link_used where it comes too late. A
// link that was revoked before stays so.
net::Awaitable<Result<void>> revoke_link(Worker& worker, audit::Actor actor, std::string id);

}  // namespace byok::service

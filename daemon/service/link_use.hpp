// A link in the hands of who got it: what it is for, and the one key that comes by it.
#pragma once

#include <string_view>

#include "common/crypto.hpp"
#include "common/error.hpp"
#include "common/secret.hpp"
#include "daemon/service/worker.hpp"
#include "daemon/store/records.hpp"

namespace byok::service {

struct HeldLink {
  crypto::Digest hash;  // of its secret
  store::LinkRecord record;
};

// The open link of that secret. Errc::unauthorized, as for tokens, where it is malformed, unknown
// or not authentic; Errc::link_used, Errc::link_expired, Errc::link_revoked with a sentence for its
// holder.
Result<HeldLink> find_link(Worker& worker, std::string_view secret);

// Stores the key that came by the link, and marks it used, in one step. Fails as find_link() where
// the link is no longer open: of two at once, one comes too late. `status` is what is known of the
// key.
net::Awaitable<Result<void>> use_link(Worker& worker, audit::Actor actor, HeldLink link, Secret key,
                                      store::KeyStatus status);

}  // namespace byok::service

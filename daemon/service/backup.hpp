// A copy of the database for another day, taken while calls and changes go on. It holds what the
// database holds, sealed as it is there, and no root key.
#pragma once

#include <memory>

#include "common/file_descriptor.hpp"
#include "daemon/audit/trail.hpp"
#include "daemon/backup/stream.hpp"
#include "daemon/service/worker.hpp"

namespace byok::service {

// One moment of the database, in a file without a name. Another one is taken once this is gone:
// each takes as much of the disk as the database.
struct Snapshot {
  FileDescriptor file;
  std::uint64_t size = 0;
  std::shared_ptr<void> turn;
};

// Takes it beside the database, on a thread of its own, for `actor`, whom the audit log names.
// Errc::store_full where the disk has no room
// for it, Errc::overloaded while another one is there.
net::Awaitable<Result<Snapshot>> take_snapshot(Worker& worker, audit::Actor actor);

// What makes the stream of that snapshot.
backup::Writer stream_of(const Worker& worker, const Snapshot& snapshot);

}  // namespace byok::service

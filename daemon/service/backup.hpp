// A copy of the database for another day, taken while calls and changes go on. It holds what the
// database holds, sealed as it is there, and no root key.
#pragma once

#include "common/file_descriptor.hpp"
#include "daemon/backup/stream.hpp"
#include "daemon/service/worker.hpp"

namespace byok::service {

// One moment of the database, in a file without a name.
struct Snapshot {
  FileDescriptor file;
  std::uint64_t size;
};

// Takes it beside the database, on a thread of its own. Errc::store_full where the disk has no room
// for it, Errc::overloaded while another one is being taken.
net::Awaitable<Result<Snapshot>> take_snapshot(Worker& worker);

// What the stream of that snapshot begins with.
backup::Header backup_header(const Worker& worker, const Snapshot& snapshot);

}  // namespace byok::service

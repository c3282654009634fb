#include "daemon/service/backup.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <thread>

#include "daemon/service/answers.hpp"

namespace byok::service {
namespace {

// The one turn to have a snapshot; nothing while somebody else has it.
std::shared_ptr<void> take_turn() {
  static std::atomic_flag taken;
  if (taken.test_and_set()) return nullptr;
  return {&taken, [](std::atomic_flag* flag) { flag->clear(); }};
}

Error no_file(const std::filesystem::path& folder) {
  return {errno == ENOSPC || errno == EDQUOT ? Errc::store_full : Errc::internal,
          fmt::format("no file for the copy can be made in {}: {}", folder.string(),
                      std::strerror(errno))};
}

// A file that goes with its descriptor, whatever ends this process.
Result<FileDescriptor> nameless_file(const std::filesystem::path& folder) {
  FileDescriptor fd(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (fd) return fd;
  if (errno != EOPNOTSUPP && errno != EISDIR) return no_file(folder);
  std::string name = (folder / "backup-XXXXXX").string();
  fd = FileDescriptor(::mkostemp(name.data(), O_CLOEXEC));
  if (!fd) return no_file(folder);
  ::unlink(name.c_str());
  return fd;
}

}  // namespace

net::Awaitable<Result<Snapshot>> take_snapshot(Worker& worker, audit::Actor actor) {
  Snapshot snapshot;
  snapshot.turn = take_turn();
  if (!snapshot.turn) {
    co_return Error{Errc::overloaded, "another backup is being taken: take one after it"};
  }
  Result<FileDescriptor> file = nameless_file(worker.shared.database_path.parent_path());
  if (!file) co_return file.error();
  snapshot.file = std::move(*file);
  auto answers = std::make_shared<Answers>(worker, 1);
  Result<std::uint64_t> size = std::uint64_t{0};
  std::thread copier(
      [&environment = worker.shared.environment, fd = snapshot.file.get(), &size, answers] {
        size = environment.copy_to(fd);
        answers->add();
      });
  co_await answers->wait();
  copier.join();
  if (!size) co_return size.error();
  snapshot.size = *size;
  // Whoever has it can keep it for as long as he likes.
  worker.shared.trail.owe(
      {audit::Record::Kind::fact, "backup.taken", actor, {{"bytes", snapshot.size}}});
  co_return snapshot;
}

backup::Writer stream_of(const Worker& worker, const Snapshot& snapshot) {
  const vault::Vault& vault = worker.shared.vault;
  return backup::Writer(vault.backup_key().reveal(),
                        {vault.database(), vault.root_key_id(), now(), snapshot.size});
}

}  // namespace byok::service

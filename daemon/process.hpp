// What byokd asks of the operating system before it serves: hardening, memory, limits, the state
// folder for itself alone, and word to the service manager.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <utility>

#include "common/error.hpp"
#include "common/file_descriptor.hpp"
#include "daemon/environment.hpp"

namespace byok::daemon {

// The process is called byokd. Files for the owner only (umask 077), no core dumps, no ptrace or
// /proc/PID/mem for others of the same user, no rights that a program file could add, and a closed
// connection is an error code rather than SIGPIPE. Call it first of all: what is opened earlier is
// not covered. Throws std::system_error where the kernel refuses.
void harden();

// Starts the program anew with all of its libraries' calls bound, where they are not: a call that
// is bound when it is first made has the vector registers put on the stack, with the key in them
// that was copied last, and nobody wipes that. Returns where they are, or where it cannot be done.
void bind_all_calls(char** arguments);

// Settles how this process holds memory: threads share one heap, which grows and shrinks by large
// steps. (glibc would give each its own, grown a page and a system call at a time.) Call it before
// the first thread is started.
void settle_memory();

// Raises the limit of open files to the hard limit. Errc::bad_request, with the largest number that
// would do, where that many connections and the daemon's own files do not fit under it.
Result<void> raise_open_files(std::uint32_t max_connections);

// Whether that many fit under the limit as it is; else Errc::bad_request as above.
Result<void> check_open_files(std::uint32_t max_connections);

// The state folder, held for this process until destruction: two byokd on one database would each
// believe themselves alone.
class StateFolder {
 public:
  // Makes the folder (0700, its missing parents too) and takes its lock file. Errc::bad_request
  // where it cannot be made or written, where others can write it, or where another byokd holds it.
  static Result<StateFolder> lock(const std::filesystem::path& path);
  // For those who change nothing: makes neither folder nor lock file, and writes into none. Where
  // they are missing, no byokd has ever held them. Errc::bad_request where one does.
  static Result<StateFolder> lock_existing(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }

 private:
  StateFolder(std::filesystem::path path, FileDescriptor lock)
      : path_(std::move(path)), lock_(std::move(lock)) {}

  std::filesystem::path path_;
  // Its file stays behind: removing it would let a third process lock a new one while a second,
  // which opened the old one before, locks that.
  FileDescriptor lock_;
};

// Sends `state` ("READY=1", "STOPPING=1") to the socket that $NOTIFY_SOCKET names, as sd_notify(3)
// describes it; does nothing where it is not set. A service manager that does not listen is no
// reason to stop serving, so failures are ignored.
void notify_service_manager(const Environment& environment, std::string_view state);

}  // namespace byok::daemon

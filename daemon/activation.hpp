// Sockets that the service manager has opened before it started this process, as
// sd_listen_fds(3) describes them.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "common/error.hpp"
#include "common/file_descriptor.hpp"
#include "daemon/environment.hpp"

namespace byok::daemon {

// The first of them; the others follow.
inline constexpr int first_handed_over = 3;

// The names of those that are meant for the process `self` (LISTEN_PID, LISTEN_FDS and
// LISTEN_FDNAMES), one for each; "unknown" where it has none. Empty where there are none for it.
// Errc::bad_request where the variables do not fit each other.
Result<std::vector<std::string>> handed_over_names(const Environment& environment, pid_t self);

struct HandedOver {
  FileDescriptor socket;
  std::string name;  // FileDescriptorName= of the socket's unit
};

// Takes them, once: programs that this process might start do not get them.
Result<std::vector<HandedOver>> take_handed_over(const Environment& environment);

}  // namespace byok::daemon

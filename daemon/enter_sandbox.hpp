// Gives up what serving does not take, before the first byte of a stranger's is read.
#pragma once

#include <filesystem>
#include <vector>

#include "daemon/log.hpp"
#include "daemon/settings.hpp"

namespace byok::daemon {

// Leaves this process the folders of `database`, which exists, and of the audit log to change, what
// name look-ups need to read, the folders of the files `reread`, which a reload reads again and
// others may have put there anew, and the system calls of a server. Call it before the first thread
// is started. A kernel that cannot do one of them is no reason not to serve, and told in the log;
// so is that it was switched off. Throws std::system_error where the kernel could, and fails.
void enter_sandbox(const Settings& settings, const std::filesystem::path& database,
                   const std::vector<std::filesystem::path>& reread, const Logger& log);

}  // namespace byok::daemon

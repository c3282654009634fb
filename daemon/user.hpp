// Which user byokd is.
#pragma once

#include "common/error.hpp"
#include "daemon/settings.hpp"

namespace byok::daemon {

// Becomes settings.user for good, with that user's groups and no capability, where root has started
// byokd and a user is set; `with_folders` makes those of the database and of Unix sockets for that
// user before, where there are none. Call it before any file is made and any thread started.
// Errc::bad_request where there is no such user, or this process may not become it.
Result<void> become_user(const Settings& settings, bool with_folders);

// The user that byokd will be, for files that root makes in its name; this process's own where none
// is set.
Result<uid_t> uid_of(const Settings& settings);

}  // namespace byok::daemon

// What byokd does instead of serving: work on the files of a byokd that is stopped.
#pragma once

#include <filesystem>

#include "daemon/arguments.hpp"
#include "daemon/settings.hpp"

namespace byok::daemon {

// Does arguments.task and returns the exit code: 0 where all is well, 1 where something is not.
// What was found goes to stdout as JSON, and what went wrong to stderr.
int work_offline(const Arguments& arguments, const Settings& settings);

// Whether that looks at files only, and leaves all as it is.
bool only_looks(Task task);

// Says on stderr what is wrong, a line each; 1.
int complain(const Error& error);

}  // namespace byok::daemon

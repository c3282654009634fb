// From file, environment and command line to Settings.
//
// Each setting has one dotted name, the same everywhere; what is set more than once is decided by
// the strongest source: -o, then the environment, then the file, then the default.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "common/paths.hpp"
#include "daemon/arguments.hpp"
#include "daemon/environment.hpp"
#include "daemon/settings.hpp"

namespace byok::daemon {

// Reads the config file (the default one may be missing, a named one may not) and puts the layers
// together; `paths` are where the defaults lie. Relative paths start in the config file's folder,
// or, outside a file, in the current one. Fails with Errc::bad_request and a message of one line
// for each thing that is wrong, each with its place: file and line, variable or -o. No message
// repeats a value, since one may hold a secret that was put in the wrong place.
Result<Settings> load_settings(const Arguments& arguments, const Environment& environment,
                               const Paths& paths);

// The same for those who go on to look for what else is wrong: `problems` are the message's lines,
// and where there are any, `settings` lack the providers that one of them is about.
struct ReadSettings {
  Settings settings;
  std::vector<std::string> problems;
};
ReadSettings read_settings(const Arguments& arguments, const Environment& environment,
                           const Paths& paths);

// Where the config file lies, or would; absolute.
std::filesystem::path config_file(const Arguments& arguments, const Paths& paths);

}  // namespace byok::daemon

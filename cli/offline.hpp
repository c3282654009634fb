// Work on the files of a byokd that is stopped: byokd itself does it, and byok hands it on.
#pragma once

#include <CLI/CLI.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <vector>

#include "cli/outcome.hpp"

namespace byok::cli {

// Where that byokd's settings are; as byokd's own options of these names.
struct OfflineOptions {
  std::string config;
  std::vector<std::string> settings;
  bool system = false;
};

void add_offline_options(CLI::App* command, OfflineOptions& options);

// --stopped, and those options, which need it.
void add_stopped_option(CLI::App* command, bool& stopped, OfflineOptions& options);

struct Finding {
  bool good;         // byokd ended with 0
  std::string text;  // what it printed, a JSON document
  boost::json::value json;
};

// Runs byokd, the one beside this program or the first of $PATH, for that task. What it says of
// failures goes to stderr as it is; where it found nothing to tell, that is Exit::failed, or
// Exit::usage where byokd says that of its own command line.
Outcome<Finding> ask_byokd(const OfflineOptions& options, std::vector<std::string> task);

}  // namespace byok::cli

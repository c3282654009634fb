#include "daemon/enter_sandbox.hpp"

#include <filesystem>

#include "common/locked_memory.hpp"
#include "daemon/sandbox/files.hpp"
#include "daemon/sandbox/system_calls.hpp"

namespace byok::daemon {
namespace {

namespace fs = std::filesystem;

// The C library reads its settings for look-ups anew when they change, and may load a library for
// them. Some of these files are links to where another program keeps them.
std::vector<fs::path> read_for_look_ups() {
  std::vector<fs::path> paths{"/etc", "/usr", "/lib", "/lib64", "/dev/null", "/dev/urandom"};
  for (const char* link : {"/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf"}) {
    std::error_code missing;
    const fs::path folder = fs::canonical(link, missing).parent_path();
    if (!missing && folder != folder.root_path()) paths.push_back(folder);
  }
  return paths;
}

// Where a file is, and where it leads to if it is a link; never all that there is.
void add_folders(const std::vector<fs::path>& files, std::vector<fs::path>& reach) {
  for (const fs::path& file : files) {
    std::error_code missing;
    const fs::path real = fs::canonical(file, missing);
    for (const fs::path& place : {file, missing ? file : real}) {
      const fs::path folder = place.parent_path();
      reach.push_back(folder == folder.root_path() ? place : folder);
    }
  }
}

// The database may be a link to another disk, where its compactions then lie too.
sandbox::Reach reach_of(const Settings& settings, const fs::path& database,
                        const std::vector<fs::path>& reread) {
  std::vector<fs::path> read = read_for_look_ups();
  add_folders(reread, read);
  return {std::move(read),
          {settings.state_dir, fs::canonical(database).parent_path(),
           settings.audit_file.parent_path()}};
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;  // which look into their own process as none else may
#else
constexpr bool sanitized = false;
#endif

}  // namespace

void enter_sandbox(const Settings& settings, const fs::path& database,
                   const std::vector<fs::path>& reread, const Logger& log) {
  if (locked_region_size() == 0) {
    log.warn("memory.unlocked", {{"reason",
                                  "no memory may be locked (ulimit -l): secrets may be "
                                  "swapped out"}});
  }
  if (!settings.sandbox || sanitized) {
    log.warn("sandbox.off");
    return;
  }
  const bool files = sandbox::confine_files(reach_of(settings, database, reread));
  const bool calls = sandbox::restrict_system_calls();
  if (files && calls) {
    log.info("sandbox.entered");
  } else {
    log.warn("sandbox.partial", {{"files", files}, {"systemCalls", calls}});
  }
}

}  // namespace byok::daemon

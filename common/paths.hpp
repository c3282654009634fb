// Where byokd keeps its files and where byok looks for its socket.
//
//                 system              a person (XDG Base Directory Specification 0.8)
//   config_dir    /etc/byok           $XDG_CONFIG_HOME/byok   or ~/.config/byok
//   state_dir     /var/lib/byok       $XDG_STATE_HOME/byok    or ~/.local/state/byok
//   runtime_dir   /run/byok           $XDG_RUNTIME_DIR/byok   or the state folder
//
// The system's folders are those that systemd names in $CONFIGURATION_DIRECTORY, $STATE_DIRECTORY
// and $RUNTIME_DIRECTORY (systemd.exec(5)) where it does, so that a person's own unit works too.
//
// Pure functions of Env: nothing is made, read or looked up here.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace byok {

// What the paths depend on. An empty text is a variable that is not set.
struct Env {
  uid_t uid = 0;
  std::string home = {};  // $HOME, else the home folder of the user database, else "/"
  std::string xdg_config_home = {};
  std::string xdg_state_home = {};
  std::string xdg_runtime_dir = {};
  std::string configuration_directory = {};
  std::string state_directory = {};
  std::string runtime_directory = {};

  // That of this process.
  static Env of_process();
};

// Absolute paths without a slash at the end, unless the environment names one.
struct Paths {
  std::string config_dir;
  std::string config_file;  // byokd.toml in config_dir
  std::string state_dir;
  std::string runtime_dir;
};

// byokd's paths: the system's where uid is 0, `system` is asked for or $STATE_DIRECTORY is set.
Paths daemon_paths(const Env& env, bool system);

// The state folder of a person, whoever that is: also root's own.
std::string personal_state_dir(const Env& env);

// The socket that byokd listens on, and byok looks for, in such a folder.
std::string socket_path(const std::string& dir);

// The sockets that byok tries, best first; which of them exist is for the caller to see.
std::vector<std::string> socket_candidates(const Env& env);

}  // namespace byok

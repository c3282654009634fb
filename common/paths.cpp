#include "common/paths.hpp"

#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace byok {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

std::string home_folder() {
  if (std::string home = variable("HOME"); !home.empty()) return home;
  const passwd* user = getpwuid(geteuid());
  return user != nullptr && user->pw_dir[0] != '\0' ? user->pw_dir : "/";
}

std::string join(std::string folder, std::string_view name) {
  if (!folder.ends_with('/')) folder += '/';
  return folder.append(name);
}

// The specification has relative paths ignored.
std::string xdg_folder(const std::string& value, const std::string& home,
                       std::string_view fallback) {
  return join(value.starts_with('/') ? value : join(home, fallback), "byok");
}

// systemd separates several folders by colons; the unit's first is byokd's.
std::string system_folder(const std::string& value, const char* fallback) {
  return value.starts_with('/') ? value.substr(0, value.find(':')) : std::string(fallback);
}

}  // namespace

Env Env::of_process() {
  return {.uid = geteuid(),
          .home = home_folder(),
          .xdg_config_home = variable("XDG_CONFIG_HOME"),
          .xdg_state_home = variable("XDG_STATE_HOME"),
          .xdg_runtime_dir = variable("XDG_RUNTIME_DIR"),
          .configuration_directory = variable("CONFIGURATION_DIRECTORY"),
          .state_directory = variable("STATE_DIRECTORY"),
          .runtime_directory = variable("RUNTIME_DIRECTORY")};
}

Paths daemon_paths(const Env& env, bool system) {
  Paths paths;
  if (env.uid == 0 || system || !env.state_directory.empty()) {
    paths.config_dir = system_folder(env.configuration_directory, "/etc/byok");
    paths.state_dir = system_folder(env.state_directory, "/var/lib/byok");
    paths.runtime_dir = system_folder(env.runtime_directory, "/run/byok");
  } else {
    paths.config_dir = xdg_folder(env.xdg_config_home, env.home, ".config");
    paths.state_dir = personal_state_dir(env);
    paths.runtime_dir =
        env.xdg_runtime_dir.starts_with('/') ? join(env.xdg_runtime_dir, "byok") : paths.state_dir;
  }
  paths.config_file = join(paths.config_dir, "byokd.toml");
  return paths;
}

std::string personal_state_dir(const Env& env) {
  return xdg_folder(env.xdg_state_home, env.home, ".local/state");
}

std::string socket_path(const std::string& dir) { return join(dir, "byokd.sock"); }

std::vector<std::string> socket_candidates(const Env& env) {
  std::vector<std::string> candidates;
  if (env.xdg_runtime_dir.starts_with('/')) {
    candidates.push_back(socket_path(join(env.xdg_runtime_dir, "byok")));
  }
  candidates.push_back(socket_path(personal_state_dir(env)));
  candidates.push_back("/run/byok/byokd.sock");
  return candidates;
}

}  // namespace byok

#include <doctest/doctest.h>

#include <algorithm>

#include "common/paths.hpp"

using byok::daemon_paths;
using byok::Env;
using byok::Paths;

TEST_CASE("byokd keeps its files where the system, systemd or the person's folders say") {
  struct Case {
    std::string_view name;
    Env env;
    bool system;
    Paths paths;
  };
  const Env ann{.uid = 1000, .home = "/home/ann"};
  Env with_xdg = ann;
  with_xdg.xdg_config_home = "/c";
  with_xdg.xdg_state_home = "/s";
  with_xdg.xdg_runtime_dir = "/run/user/1000";
  Env relative = ann;
  relative.xdg_config_home = "c";
  relative.xdg_state_home = "s";
  relative.xdg_runtime_dir = "r";
  Env unit{.uid = 990, .home = "/", .state_directory = "/var/lib/byok"};
  Env own_unit = with_xdg;
  own_unit.configuration_directory = "/home/ann/.config/byok";
  own_unit.state_directory = "/home/ann/.local/state/byok:/elsewhere";
  own_unit.runtime_directory = "/run/user/1000/byok";
  Env root{.uid = 0, .home = "/root", .xdg_state_home = "/s", .xdg_runtime_dir = "/run/user/0"};

  const Paths system_paths{"/etc/byok", "/etc/byok/byokd.toml", "/var/lib/byok", "/run/byok"};
  const Case cases[] = {
      {"root", root, false, system_paths},
      {"--system", with_xdg, true, system_paths},
      {"systemd's unit", unit, false, system_paths},
      {"a person's own unit",
       own_unit,
       false,
       {"/home/ann/.config/byok", "/home/ann/.config/byok/byokd.toml",
        "/home/ann/.local/state/byok", "/run/user/1000/byok"}},
      {"XDG folders",
       with_xdg,
       false,
       {"/c/byok", "/c/byok/byokd.toml", "/s/byok", "/run/user/1000/byok"}},
      {"no runtime folder: the socket lies in the state folder",
       ann,
       false,
       {"/home/ann/.config/byok", "/home/ann/.config/byok/byokd.toml",
        "/home/ann/.local/state/byok", "/home/ann/.local/state/byok"}},
      {"relative XDG folders are ignored",
       relative,
       false,
       {"/home/ann/.config/byok", "/home/ann/.config/byok/byokd.toml",
        "/home/ann/.local/state/byok", "/home/ann/.local/state/byok"}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    Paths paths = daemon_paths(c.env, c.system);
    CHECK(paths.config_dir == c.paths.config_dir);
    CHECK(paths.config_file == c.paths.config_file);
    CHECK(paths.state_dir == c.paths.state_dir);
    CHECK(paths.runtime_dir == c.paths.runtime_dir);
  }
}

TEST_CASE("byok looks for the socket in the person's folders before the system's") {
  Env env{.uid = 1000, .home = "/home/ann", .xdg_runtime_dir = "/run/user/1000"};
  CHECK(byok::socket_candidates(env) ==
        std::vector<std::string>{"/run/user/1000/byok/byokd.sock",
                                 "/home/ann/.local/state/byok/byokd.sock", "/run/byok/byokd.sock"});
  env.xdg_runtime_dir.clear();
  CHECK(byok::socket_candidates(env) ==
        std::vector<std::string>{"/home/ann/.local/state/byok/byokd.sock", "/run/byok/byokd.sock"});
}

TEST_CASE("byok finds the socket of every byokd that runs without --system") {
  for (const char* runtime : {"", "/run/user/1000"}) {
    for (uid_t uid : {0U, 1000U}) {
      Env env{.uid = uid, .home = "/home/ann", .xdg_runtime_dir = runtime};
      auto candidates = byok::socket_candidates(env);
      std::string socket = byok::socket_path(daemon_paths(env, false).runtime_dir);
      CAPTURE(socket);
      CHECK(std::find(candidates.begin(), candidates.end(), socket) != candidates.end());
    }
  }
}

// Changing the settings of a byokd that serves, and having them read anew.
#pragma once

#include <doctest/doctest.h>
#include <signal.h>

#include <boost/json/array.hpp>
#include <boost/json/value_to.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/harness/world.hpp"

namespace byok::testing {

using Names = std::vector<std::string>;

// As editors and package managers do it: a new file takes the old one's name.
inline void replace(const std::filesystem::path& file, std::string_view text) {
  const std::filesystem::path made = file.native() + ".new";
  std::filesystem::remove(made);
  write_file(made, text);
  std::filesystem::rename(made, file);
}

inline void configure(const World& world, std::string_view text) {
  replace(world.byokd.folder() / "config/byokd.toml", text);
}

inline Response reload(const World& world) { return world.admin("POST", "/admin/reload"); }

inline Names list_in(const Response& response, std::string_view member) {
  return boost::json::value_to<Names>(response.json().at(member));
}

inline std::size_t times_logged(const World& world, std::string_view event) {
  const std::string log = world.byokd.log();
  std::size_t times = 0;
  for (std::size_t at = 0; (at = log.find(event, at)) != log.npos; ++at) ++times;
  return times;
}

// SIGHUP, and waits for what it leads to.
inline void hang_up(const World& world, std::string_view event = "config.reloaded") {
  const std::size_t before = times_logged(world, event);
  ::kill(world.byokd.pid(), SIGHUP);
  REQUIRE(eventually([&] { return times_logged(world, event) > before; }, patience));
}

}  // namespace byok::testing

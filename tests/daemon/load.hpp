// Loads settings as byokd does, from a config file of its own and a made-up environment.
#pragma once

#include <string>
#include <vector>

#include "daemon/config.hpp"
#include "tests/support/temp_folder.hpp"

namespace byok::daemon {

class Load {
 public:
  Load& file(const std::string& text) {
    testing::write_file(config_file(), text);
    return *this;
  }
  Load& variable(const std::string& name, const std::string& value) {
    environment_[name] = value;
    return *this;
  }
  Load& option(const std::string& text) {
    arguments_.overrides.push_back(text);
    return *this;
  }
  Load& named_file(const std::string& path) {
    arguments_.config_file = path;
    return *this;
  }
  Load& runtime_dir(const std::string& path) {
    paths_.runtime_dir = path;
    return *this;
  }

  Result<Settings> settings() const { return load_settings(arguments_, environment_, paths_); }
  // The problems, one a line; empty where there are none.
  std::string problems() const {
    Result<Settings> loaded = settings();
    return loaded ? "" : loaded.error().message();
  }

  std::string folder() const { return folder_.path().native(); }
  std::string config_file() const { return folder() + "/byokd.toml"; }

 private:
  testing::TempFolder folder_;
  Arguments arguments_;
  Environment environment_;
  Paths paths_{.config_dir = folder(),
               .config_file = config_file(),
               .state_dir = "/state/byok",
               .runtime_dir = "/run/user/1/byok"};
};

}  // namespace byok::daemon

#include "daemon/settings_change.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "daemon/config_table.hpp"
#include "tests/daemon/load.hpp"

namespace byok::daemon {
namespace {

using Names = std::vector<std::string>;

// Everything set by `options`, over one file and one environment.
Settings settings_with(const std::vector<std::string>& options) {
  Load load;
  load.option("workers=2").option("root_key=file:/root.key");
  for (const std::string& option : options) load.option(option);
  return load.settings().value();
}

Names sorted(Names names) {
  std::ranges::sort(names);
  return names;
}

TEST_CASE("no setting is forgotten when settings are compared") {
  for (const SettingRow& row : setting_rows()) {
    CAPTURE(row.name);
    CHECK(is_compared(row.name));
  }
  CHECK_FALSE(is_compared("limits.nothing"));
  CHECK_FALSE(is_compared("provider.*.nothing"));
}

TEST_CASE("what a running byokd can take over is applied, the rest kept and named") {
  struct Case {
    std::string_view option;
    Names applied;
    Names needs_restart;
  };
  const Case cases[] = {
      {"workers=2", {}, {}},
      {"workers=3", {}, {"workers"}},
      {"state_dir=/elsewhere", {}, {"audit.file", "state_dir"}},
      {"listen=http://127.0.0.1:9999", {}, {"listen"}},
      {"map_size=1GiB", {}, {"map_size"}},
      {"root_key=file:/elsewhere", {}, {"root_key"}},
      {"user=nobody", {}, {"user"}},
      {"sandbox=false", {}, {"sandbox"}},
      {"admin_group=byok", {}, {"admin_group"}},  // now it has to exist
      {"socket_mode=\"0600\"", {}, {"socket_mode"}},
      {"unix_operator=false", {}, {"unix_operator"}},
      {"audit.file=/tmp/log", {}, {"audit.file"}},
      {"cors.origins=https://a.example", {"cors.origins"}, {}},
      {"frame_ancestors=https://a.example", {"frame_ancestors"}, {}},
      {"limits.max_body=1KiB", {"limits.max_body"}, {}},
      {"limits.max_stream_body=1KiB", {"limits.max_stream_body"}, {}},
      {"limits.max_connections=7", {"limits.max_connections"}, {}},
      {"limits.tenant_rps=7", {"limits.tenant_rps"}, {}},
      {"upstream.max_idle=1", {"upstream.max_idle"}, {}},
      {"public_url=https://keys.example.com", {"public_url"}, {}},
      {"ui=true", {"ui"}, {}},
      {"drain_timeout=1s", {"drain_timeout"}, {}},
      {"log.level=debug", {"log.level"}, {}},
      {"usage.operator_sees_tokens=true", {"usage.operator_sees_tokens"}, {}},
      {"compact.min_interval=1m", {"compact.min_interval"}, {}},
      {"models.\"x-*\"=openai", {"models"}, {}},
      {"provider.openai.base_url=http://127.0.0.1:1", {"provider.openai.base_url"}, {}},
      {"provider.gemini.global_key=env:K", {"provider.gemini.global_key"}, {}},
      {"provider.x={base_url=\"http://127.0.0.1:1\",format=\"openai\"}", {"provider.x"}, {}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.option);
    const Settings running = settings_with({});
    Settings next = settings_with({std::string(c.option)});
    const Settings wanted = next;
    SettingsChange change = settle_change(running, next);
    CHECK(sorted(change.applied) == c.applied);
    CHECK(sorted(change.needs_restart) == c.needs_restart);
    // The other way round the same differs: a provider that goes is named, too.
    Settings back = running;
    CHECK(sorted(settle_change(wanted, back).applied) == c.applied);
    // What needs a restart has been put back, what does not has not.
    CHECK(settle_change(running, next).needs_restart.empty());
    CHECK(sorted(settle_change(running, next).applied) == c.applied);
  }
}

}  // namespace
}  // namespace byok::daemon

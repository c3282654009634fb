// byokd as a running process in a folder of its own: the real program, its socket, its port and
// its log.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/harness/client.hpp"
#include "tests/support/harness/fake_provider.hpp"
#include "tests/support/harness/process.hpp"
#include "tests/support/temp_folder.hpp"

namespace byok::testing {

class Byokd {
 public:
  // Starts it with all three providers at `fake`; `settings` ("KEY=VALUE", stronger than those made
  // here) and `environment` are added. It listens over TLS too where a setting names tls.cert.
  // Throws with its log where it does not become ready.
  explicit Byokd(const FakeProvider& fake, std::vector<std::string> settings = {},
                 Environment environment = {});

  Address tcp() const { return {port_, ""}; }
  std::uint16_t tls_port() const { return tls_port_; }
  Address socket() const { return {0, folder_ / "byokd.sock"}; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  std::filesystem::path state_dir() const { return folder_.path() / "state"; }
  std::filesystem::path database() const { return state_dir() / "data.mdb"; }
  std::filesystem::path root_key() const { return folder_.path() / "config/root.key"; }
  const std::filesystem::path& folder() const { return folder_.path(); }
  pid_t pid() const { return process_->pid(); }
  // Of its /proc/PID/status, in KiB: "VmRSS" for the memory that it holds now, "VmHWM" for the most
  // that it has held.
  long memory(std::string_view name) const;
  // What it wrote to stderr, in all its runs.
  std::string log() const;

  // SIGTERM; how it ended.
  ExitCode stop();
  // SIGKILL.
  void kill();
  // How it ended by itself; nothing where it still runs at the limit.
  std::optional<ExitCode> ended(std::chrono::milliseconds limit = {}) {
    return process_->wait(limit);
  }
  // Starts it again over the same folder.
  void start();
  void restart() {
    stop();
    start();
  }

  // Its command line with `more` settings behind, for a start that is to fail.
  std::vector<std::string> command(const std::vector<std::string>& more = {}) const;
  const Environment& environment() const { return environment_; }

 private:
  TempFolder folder_;
  std::vector<std::string> settings_;
  Environment environment_;
  std::unique_ptr<Process> process_;
  std::uint16_t port_ = 0;
  std::uint16_t tls_port_ = 0;
  bool over_tls_ = false;
  std::string earlier_log_;
};

}  // namespace byok::testing

#include "tests/support/harness/byokd.hpp"

#include <signal.h>

#include <algorithm>
#include <stdexcept>

namespace byok::testing {

Byokd::Byokd(const FakeProvider& fake, std::vector<std::string> settings, Environment environment)
    : environment_(clean_environment(folder_.path().string())) {
  environment_.merge(environment);
  for (const char* name : {"state", "config"}) {
    std::filesystem::create_directory(folder_.path() / name);
    std::filesystem::permissions(folder_.path() / name, std::filesystem::perms::owner_all);
  }
  // A file of its own keeps the machine's /etc/byok away.
  write_file(folder_ / "config/byokd.toml", "");
  auto names_certificate = [](const std::string& one) { return one.starts_with("tls.cert="); };
  over_tls_ = std::any_of(settings.begin(), settings.end(), names_certificate);
  settings_ = {
      "state_dir=" + state_dir().string(),
      "root_key=file:" + root_key().string(),
      std::string("listen=[") + (over_tls_ ? R"("https://127.0.0.1:0", )" : "") + R"("unix:)" +
          socket().path + R"(", "http://127.0.0.1:0"])",
      "workers=2",
      "provider.openai.base_url=" + fake.base_url(),
      "provider.anthropic.base_url=" + fake.base_url(),
      "provider.gemini.base_url=" + fake.base_url(),
  };
  settings_.insert(settings_.end(), settings.begin(), settings.end());
  start();
}

std::vector<std::string> Byokd::command(const std::vector<std::string>& more) const {
  std::vector<std::string> argv{program("byokd"), "--config", folder_ / "config/byokd.toml"};
  for (const auto* list : {&settings_, &more}) {
    for (const std::string& setting : *list) {
      argv.push_back("-o");
      argv.push_back(setting);
    }
  }
  return argv;
}

void Byokd::start() {
  if (process_) earlier_log_ += process_->err();
  process_ = std::make_unique<Process>(command(), environment_, folder_.path().string());
  const std::string announcement = "byokd: listening on http://127.0.0.1:";
  auto line = process_->wait_for_line(announcement);
  auto socket_line = process_->wait_for_line("byokd: listening on unix:");
  if (!line || !socket_line) throw std::runtime_error("byokd did not start: " + process_->err());
  port_ = static_cast<std::uint16_t>(std::stoi(line->substr(announcement.size())));
  if (!over_tls_) return;
  const std::string over_tls = "byokd: listening on https://127.0.0.1:";
  auto tls_line = process_->wait_for_line(over_tls);
  if (!tls_line) throw std::runtime_error("byokd does not listen: " + process_->err());
  tls_port_ = static_cast<std::uint16_t>(std::stoi(tls_line->substr(over_tls.size())));
}

ExitCode Byokd::stop() {
  process_->signal(SIGTERM);
  auto code = process_->wait();
  if (!code) throw TimedOut("byokd did not end after SIGTERM");
  return *code;
}

void Byokd::kill() {
  process_->signal(SIGKILL);
  process_->wait();
}

std::string Byokd::log() const { return earlier_log_ + process_->err(); }

long Byokd::memory(std::string_view name) const {
  std::string status = read_file("/proc/" + std::to_string(pid()) + "/status");
  std::size_t at = status.find(std::string(name) + ":");
  if (at == status.npos) throw std::runtime_error("no such line in /proc/PID/status");
  return std::atol(status.c_str() + at + name.size() + 1);
}

}  // namespace byok::testing

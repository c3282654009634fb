#include "cli/offline.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "cli/json.hpp"
#include "cli/values.hpp"
#include "common/file_descriptor.hpp"

namespace byok::cli {
namespace {

std::string byokd_program() {
  std::error_code ignored;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", ignored);
  std::string beside = (self.parent_path() / "byokd").string();
  return ::access(beside.c_str(), X_OK) == 0 ? beside : "byokd";
}

Failure cannot_run(int error) {
  return {Exit::failed, fmt::format("cannot run byokd ({}): install it, or run byokd by hand",
                                    std::strerror(error))};
}

std::string read_all(const FileDescriptor& from) {
  std::string text;
  char buffer[4096];
  for (;;) {
    const ssize_t count = ::read(from.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return text;
    text.append(buffer, static_cast<std::size_t>(count));
  }
}

}  // namespace

void add_offline_options(CLI::App* command, OfflineOptions& options) {
  command->add_option("--config", options.config, "byokd's settings")->type_name(type_names::file);
  command->add_option("-o", options.settings, "One setting of byokd, over file and environment")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  command->add_flag("--system", options.system, "Use /etc/byok and /var/lib/byok");
}

void add_stopped_option(CLI::App* command, bool& stopped, OfflineOptions& options) {
  CLI::Option* flag = command->add_flag("--stopped", stopped, "Of a byokd that does not run");
  add_offline_options(command, options);
  // One that runs has its settings already.
  for (const char* name : {"--config", "-o", "--system"}) command->get_option(name)->needs(flag);
}

Outcome<Finding> ask_byokd(const OfflineOptions& options, std::vector<std::string> task) {
  std::vector<std::string> words = {byokd_program()};
  if (!options.config.empty()) words.insert(words.end(), {"--config", options.config});
  for (const std::string& setting : options.settings) words.insert(words.end(), {"-o", setting});
  if (options.system) words.emplace_back("--system");
  words.insert(words.end(), task.begin(), task.end());
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return cannot_run(errno);
  FileDescriptor ours(ends[0]);
  FileDescriptor theirs(ends[1]);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, theirs.get(), STDOUT_FILENO);
  pid_t pid = 0;
  const int failed = ::posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return cannot_run(failed);
  theirs = FileDescriptor();
  std::string text = read_all(ours);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  auto json = parse_json(text);
  if (!json) {
    const bool misused = WIFEXITED(status) && WEXITSTATUS(status) == static_cast<int>(Exit::usage);
    return Failure{misused ? Exit::usage : Exit::failed, "byokd did not do it: see the line above"};
  }
  return Finding{WIFEXITED(status) && WEXITSTATUS(status) == 0, std::move(text), std::move(*json)};
}

}  // namespace byok::cli

#include "cli/chat_completion.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "cli/chat_commands.hpp"
#include "common/paths.hpp"

namespace byok::cli {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> files(std::string_view typed) {
  const std::string_view folder = typed.substr(0, typed.rfind('/') + 1);
  const std::string_view beginning = typed.substr(folder.size());
  std::vector<std::string> names;
  std::error_code error;  // a folder that cannot be read completes to nothing
  for (fs::directory_iterator it(folder.empty() ? "." : typed_path(folder), error), end;
       !error && it != end; it.increment(error)) {
    std::string name = it->path().filename().string();
    const bool hidden = name.starts_with('.') && !beginning.starts_with('.');
    if (hidden || !name.starts_with(beginning)) continue;
    std::error_code ignored;
    if (it->is_directory(ignored)) name += '/';
    names.push_back(std::string(folder) + name);
  }
  return names;
}

}  // namespace

std::vector<std::string> completions(
    std::string_view before, const std::function<const std::vector<std::string>&()>& models) {
  std::vector<std::string> all;
  if (!before.starts_with('/')) return all;
  const std::size_t blank = before.find(' ');
  std::string_view kept;
  if (blank == before.npos) {
    all = command_names();
  } else {
    kept = before.substr(0, before.find_first_not_of(' ', blank));
    const std::string_view command = before.substr(0, blank);
    if (command == "/model") all = models();
    if (command == "/save" || command == "/file") all = files(before.substr(kept.size()));
  }
  for (std::string& each : all) each.insert(0, kept);
  std::erase_if(all, [before](const std::string& each) { return !each.starts_with(before); });
  std::ranges::sort(all);
  return all;
}

std::string typed_path(std::string_view typed) {
  if (!typed.starts_with("~/")) return std::string(typed);
  return Env::of_process().home + std::string(typed.substr(1));
}

}  // namespace byok::cli

#include "daemon/credential.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace byok::daemon {
namespace {

constexpr const char* folder_variable = "CREDENTIALS_DIRECTORY";

}  // namespace

bool is_credential_name(std::string_view name) {
  constexpr std::size_t longest = 255;  // NAME_MAX
  if (name.empty() || name.size() > longest || name == "." || name == "..") return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return c > ' ' && c < '\x7f' && c != '/' && c != ':'; });
}

Result<std::filesystem::path> credential_file(std::string_view name,
                                              const Environment& environment) {
  auto folder = environment.find(folder_variable);
  if (folder == environment.end() || !folder->second.starts_with('/')) {
    return Error{Errc::bad_request,
                 fmt::format("the credential {0} comes from the service manager, which has handed "
                             "none over (${1} is not set): start byokd by a unit with "
                             "LoadCredential={0}",
                             name, folder_variable)};
  }
  return (std::filesystem::path(folder->second) / name).lexically_normal();
}

std::optional<std::string> credential_at(const std::filesystem::path& file) {
  const char* folder = ::getenv(folder_variable);
  if (folder == nullptr || *folder != '/') return std::nullopt;
  const std::string name = file.filename().string();
  if (file != (std::filesystem::path(folder) / name).lexically_normal()) return std::nullopt;
  return name;
}

std::string source_of(const std::filesystem::path& file) {
  if (auto name = credential_at(file)) return std::string(credential_scheme) + *name;
  return "file:" + file.native();
}

}  // namespace byok::daemon

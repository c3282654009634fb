#include "daemon/global_key.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <system_error>
#include <utility>

#include "common/file_descriptor.hpp"
#include "common/provider_key.hpp"
#include "daemon/config_table.hpp"
#include "daemon/credential.hpp"

namespace byok::daemon {
namespace {

constexpr std::string_view variable_scheme = "env:";
constexpr std::string_view file_scheme = "file:";

// More than a key and generous white space around it take: a longer file is not one.
constexpr std::size_t longest_file = 8192;

Error complaint(const ProviderSetting& provider, std::string_view what) {
  return {Errc::invalid_key, fmt::format("provider.{}.global_key: {}", provider.id.view(), what)};
}

Result<Secret> read_key_file(const ProviderSetting& provider, const std::string& path) {
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file) {
    std::string reason =
        errno == ELOOP ? "a symbolic link" : std::generic_category().message(errno);
    return complaint(provider, fmt::format("{} cannot be opened: {}", path, reason));
  }
  // Asked of what was opened, so that nobody can put another file there in between.
  struct stat status {};
  if (fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return complaint(provider, fmt::format("{} is not a file", path));
  }
  if ((status.st_mode & S_IRWXO) != 0) {
    return complaint(provider, fmt::format("everybody can read {0}: run chmod o= {0}", path));
  }
  Secret content(longest_file);
  std::size_t size = 0;
  while (size < content.size()) {
    ssize_t got = read(file.get(), content.data() + size, content.size() - size);
    if (got == 0) break;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return complaint(provider, fmt::format("{} cannot be read", path));
    size += static_cast<std::size_t>(got);
  }
  content.truncate(size);
  return content;
}

}  // namespace

Result<std::optional<Secret>> resolve_global_key(const ProviderSetting& provider,
                                                 const Environment& environment,
                                                 const KeptKeys& kept) {
  const std::string& source = provider.global_key;
  if (source.empty()) return std::optional<Secret>();
  Result<Secret> found = Secret(std::size_t{0});
  if (source.starts_with(variable_scheme)) {
    const std::string_view name = std::string_view(source).substr(variable_scheme.size());
    auto variable = environment.find(name);
    auto known = kept.find(name);
    bool missing =
        known == kept.end() && (variable == environment.end() || variable->second.empty());
    const BuiltInProvider* built_in = find_built_in(provider.id.view());
    if (missing && built_in != nullptr && built_in->global_key == source) {
      return std::optional<Secret>();
    }
    if (missing) return complaint(provider, "the variable that it names is not set");
    found = Secret(known != kept.end() ? known->second.reveal() : variable->second);
  } else if (source.starts_with(credential_scheme)) {
    auto file = credential_file(source.substr(credential_scheme.size()), environment);
    if (!file) return complaint(provider, file.error().message());
    found = read_key_file(provider, file->native());
  } else {
    found = read_key_file(provider, source.substr(file_scheme.size()));
  }
  if (!found) return found.error();
  Result<Secret> key = check_key(found->reveal());
  if (!key)
    return complaint(provider, "what it names holds something else: " + key.error().message());
  return std::optional<Secret>(*std::move(key));
}

void keep_global_keys(const Settings& settings, Environment& environment, KeptKeys& kept) {
  for (const ProviderSetting& provider : settings.providers) {
    if (!provider.global_key.starts_with(variable_scheme)) continue;
    const std::string name = provider.global_key.substr(variable_scheme.size());
    if (auto known = environment.find(name); known != environment.end()) {
      if (!known->second.empty()) kept.insert_or_assign(name, Secret(known->second));
      wipe(known->second.data(), known->second.size());
      environment.erase(known);
    }
    if (char* value = ::getenv(name.c_str())) wipe(value, std::strlen(value));
  }
}

std::filesystem::path global_key_file(const ProviderSetting& provider) {
  const std::string_view source = provider.global_key;
  if (source.starts_with(file_scheme)) return source.substr(file_scheme.size());
  if (!source.starts_with(credential_scheme)) return {};
  auto file = credential_file(source.substr(credential_scheme.size()), process_environment());
  return file ? *file : std::filesystem::path();
}

}  // namespace byok::daemon

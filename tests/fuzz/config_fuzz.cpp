// Any text as a settings file, and its first line as an -o and as a variable: settings that hold
// together, or errors that do not repeat a value, which may be a key in the wrong place.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "daemon/config.hpp"
#include "tests/fuzz/support.hpp"

using namespace byok;
using namespace byok::daemon;
using fuzz::require;

namespace {

const Paths paths{"/nowhere", "/nowhere/byokd.toml", "/nowhere/state", "/nowhere/run"};

// A file of this process alone, with that content.
std::string file_of(std::string_view text) {
  static const int fd = ::memfd_create("settings", MFD_CLOEXEC);
  require(::ftruncate(fd, 0) == 0);
  require(::pwrite(fd, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
  return "/proc/self/fd/" + std::to_string(fd);
}

void check_providers(const Settings& settings) {
  for (const ProviderSetting& provider : settings.providers) {
    const std::string& key = provider.global_key;
    require(provider.base_url.starts_with("http") && !provider.base_url.ends_with('/'));
    require(provider.format == "openai" || provider.format == "anthropic" ||
            provider.format == "gemini");
    require(key.empty() || key.starts_with("env:") || key.starts_with("file:/"));
    require(provider.ca_file.empty() || provider.ca_file.is_absolute());
    require(std::ranges::count(settings.providers, provider.id, &ProviderSetting::id) == 1);
  }
  for (const ModelRoute& route : settings.models) {
    require(std::ranges::count(settings.providers, route.provider, &ProviderSetting::id) == 1);
    require(std::ranges::count(settings.models, route.pattern, &ModelRoute::pattern) == 1);
  }
}

void check_settings(const Settings& settings) {
  require(!settings.listen.empty());
  for (const ListenAddress& address : settings.listen) {
    require(settings.allow_plaintext || is_local(address));
  }
  require(settings.state_dir.is_absolute() && settings.root_key_file.is_absolute() &&
          settings.audit_file.is_absolute());
  require(settings.map_size >= 1 << 20);
  require(settings.workers >= 1 && settings.workers <= 1024);
  require(settings.socket_mode <= 0777);
  for (const Duration duration :
       {settings.compact_interval, settings.limits.header_timeout, settings.limits.idle_timeout,
        settings.upstream.connect_timeout, settings.upstream.first_byte_timeout,
        settings.upstream.idle_timeout}) {
    require(duration > Duration::zero());
  }
  require(settings.drain_timeout >= Duration::zero());
  check_providers(settings);
}

constexpr std::string_view secret = "Sk-SSSSSSSSSSSSSSSSSSSS";

// What an -o gets as the value of `name`: the secret, alone, quoted or behind what came.
std::string override_with_secret(const std::string& name, const std::string& value, int form) {
  if (form == 0) return name + "=" + std::string(secret);
  if (form == 1) return name + "=\"" + std::string(secret) + "\"";
  return name + "=" + value + std::string(secret);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(fuzz::view(data, size));
  const std::string line = text.substr(0, text.find('\n'));
  const std::string name = line.substr(0, line.find('='));
  const std::string value = line.substr(std::min(name.size() + 1, line.size()));
  Arguments arguments;
  Environment environment;
  arguments.config_file = file_of(text);
  // In braces there are names, which are told.
  const int form = static_cast<int>(size % 4);
  if (form == 3) {
    arguments.overrides = {line};
    environment = {{"BYOKD_" + name, value}};
  } else if (value.find('{') == value.npos) {
    arguments.overrides = {override_with_secret(name, value, form)};
  }
  const Result<Settings> settings = load_settings(arguments, environment, paths);
  if (settings) {
    check_settings(*settings);
    return 0;
  }
  require(!settings.error().message().empty());
  if (text.find(secret) != text.npos) return 0;
  require(settings.error().message().find(secret) == std::string::npos);
  return 0;
}

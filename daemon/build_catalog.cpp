#include "daemon/build_catalog.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "common/whole_file.hpp"

namespace byok::daemon {
namespace {

// Of a provider's setting, as "/etc/byok/byokd.toml:3: provider.openai.ca_file".
std::string where(const Settings& settings, const ProviderId& id, std::string_view part) {
  const std::string name = fmt::format("provider.{}.{}", id.view(), part);
  return place_of(settings, name) + name;
}

Result<upstream::Target> build_target(const Settings& settings, const ProviderSetting& setting,
                                      const Environment& environment) {
  auto look_up = [&environment](const char* name) -> const char* {
    auto found = environment.find(std::string_view(name));
    return found == environment.end() ? nullptr : found->second.c_str();
  };
  auto unusable = [&](std::string_view why) {
    return Error{Errc::internal,
                 fmt::format("{}: {}", where(settings, setting.id, "ca_file"), why)};
  };
  WholeFile authorities{};
  if (!setting.ca_file.empty() && setting.base_url.starts_with("https:")) {
    auto read = read_whole_file(setting.ca_file);
    if (!read) return unusable(read.error().message());
    // Nothing stands for the system's trust store.
    if (read->content.empty()) return unusable(setting.ca_file.native() + " is empty");
    authorities = *std::move(read);
  }
  try {
    auto target = upstream::make_target(setting.base_url, authorities.text(), look_up);
    if (target) return target;
    return Error{Errc::internal,
                 where(settings, setting.id, "base_url") + ": " + target.error().message()};
  } catch (const boost::system::system_error& broken) {
    return unusable(fmt::format(
        "the certificates to trust cannot be read ({}): install ca-certificates, or set "
        "ca_file to a PEM file",
        broken.code().message()));
  }
}

service::Provider build_provider(const ProviderSetting& setting, upstream::Target target,
                                 std::optional<Secret> global_key) {
  providers::Format format = *providers::format_from_name(setting.format);
  providers::Credential credential = providers::credential_of(format);
  bool own_header = !setting.auth_header.empty() && setting.auth_header != credential.header;
  // A header of the operator's choice (Azure's api-key) holds the key alone.
  return service::Provider{setting.id,
                           format,
                           std::move(target),
                           own_header ? setting.auth_header : std::string(credential.header),
                           own_header ? std::string() : std::string(credential.prefix),
                           std::move(global_key)};
}

}  // namespace

Result<service::Catalog> build_catalog(const Settings& settings, const Environment& environment,
                                       const KeptKeys& kept) {
  std::vector<service::Provider> providers;
  std::vector<std::string> problems;
  for (const ProviderSetting& setting : settings.providers) {
    auto target = build_target(settings, setting, environment);
    if (!target) problems.emplace_back(target.error().message());
    auto global_key = resolve_global_key(setting, environment, kept);
    if (!global_key) {
      const std::string name = fmt::format("provider.{}.global_key", setting.id.view());
      problems.push_back(place_of(settings, name) + std::string(global_key.error().message()));
    }
    if (!target || !global_key) continue;
    providers.push_back(build_provider(setting, std::move(*target), std::move(*global_key)));
  }
  if (!problems.empty()) {
    return Error{Errc::bad_request, fmt::format("{}", fmt::join(problems, "\n"))};
  }
  std::vector<service::ModelRule> rules;
  for (const ModelRoute& route : settings.models) rules.push_back({route.pattern, route.provider});
  return service::Catalog(std::move(providers), std::move(rules));
}

}  // namespace byok::daemon

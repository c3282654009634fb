#include "daemon/build_catalog.hpp"

#include "daemon/global_key.hpp"

namespace byok::daemon {
namespace {

Result<service::Provider> build_provider(const ProviderSetting& setting,
                                         const Environment& environment) {
  auto look_up = [&environment](const char* name) -> const char* {
    auto found = environment.find(std::string_view(name));
    return found == environment.end() ? nullptr : found->second.c_str();
  };
  auto target = upstream::make_target(setting.base_url, setting.ca_file, look_up);
  if (!target) return target.error();
  auto global_key = resolve_global_key(setting, environment);
  if (!global_key) return global_key.error();

  providers::Format format = *providers::format_from_name(setting.format);
  providers::Credential credential = providers::credential_of(format);
  bool own_header = !setting.auth_header.empty() && setting.auth_header != credential.header;
  // A header of the operator's choice (Azure's api-key) holds the key alone.
  return service::Provider{setting.id,
                           format,
                           std::move(*target),
                           own_header ? setting.auth_header : std::string(credential.header),
                           own_header ? std::string() : std::string(credential.prefix),
                           std::move(*global_key)};
}

}  // namespace

Result<service::Catalog> build_catalog(const Settings& settings, const Environment& environment) {
  std::vector<service::Provider> providers;
  for (const ProviderSetting& setting : settings.providers) {
    auto named = [&setting](std::string_view what) {
      return Error{Errc::internal, "provider." + setting.id.str() + ": " + std::string(what)};
    };
    try {
      auto provider = build_provider(setting, environment);
      if (!provider) return named(provider.error().message());
      providers.push_back(std::move(*provider));
    } catch (const boost::system::system_error& broken) {
      return named("the certificates to trust cannot be read (" + broken.code().message() +
                   "): install ca-certificates, or set ca_file");
    }
  }
  std::vector<service::ModelRule> rules;
  for (const ModelRoute& route : settings.models) rules.push_back({route.pattern, route.provider});
  return service::Catalog(std::move(providers), std::move(rules));
}

}  // namespace byok::daemon

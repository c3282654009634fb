#include "daemon/settings_change.hpp"

#include <algorithm>
#include <iterator>

namespace byok::daemon {
namespace {

enum class Taken { at_once, at_start };

// One setting that is a member of Settings.
struct Row {
  std::string_view name;
  Taken taken;
  bool (*same)(const Settings&, const Settings&);
  void (*keep)(const Settings& running, Settings& next);
};

// `Get` gives the member of a Settings, as a reference.
template <class Get>
constexpr Row row(std::string_view name, Taken taken, Get) {
  return {name, taken, [](const Settings& a, const Settings& b) { return Get()(a) == Get()(b); },
          [](const Settings& running, Settings& next) { Get()(next) = Get()(running); }};
}

constexpr Row rows[] = {
    row(
        "listen", Taken::at_start, [](auto& of) -> auto& { return of.listen; }),
    row(
        "metrics_listen", Taken::at_start, [](auto& of) -> auto& { return of.metrics_listen; }),
    row(
        "metrics.tenant_label", Taken::at_start,
        [](auto& of) -> auto& { return of.metrics_tenants; }),
    row(
        "state_dir", Taken::at_start, [](auto& of) -> auto& { return of.state_dir; }),
    row(
        "map_size", Taken::at_start, [](auto& of) -> auto& { return of.map_size; }),
    row(
        "root_key", Taken::at_start, [](auto& of) -> auto& { return of.root_key_file; }),
    row(
        "admin_group", Taken::at_start, [](auto& of) -> auto& { return of.admin_group; }),
    row(
        "socket_mode", Taken::at_start, [](auto& of) -> auto& { return of.socket_mode; }),
    row(
        "unix_operator", Taken::at_start, [](auto& of) -> auto& { return of.unix_operator; }),
    row(
        "user", Taken::at_start, [](auto& of) -> auto& { return of.user; }),
    row(
        "sandbox", Taken::at_start, [](auto& of) -> auto& { return of.sandbox; }),
    row(
        "allow_plaintext", Taken::at_start, [](auto& of) -> auto& { return of.allow_plaintext; }),
    row(
        "public_url", Taken::at_once, [](auto& of) -> auto& { return of.public_url; }),
    row(
        "ui", Taken::at_once, [](auto& of) -> auto& { return of.ui; }),
    row(
        "tls.cert", Taken::at_once, [](auto& of) -> auto& { return of.tls.cert; }),
    row(
        "tls.key", Taken::at_once, [](auto& of) -> auto& { return of.tls.key; }),
    row(
        "tls.client_ca", Taken::at_once, [](auto& of) -> auto& { return of.tls.client_ca; }),
    row(
        "tls.client_map", Taken::at_once, [](auto& of) -> auto& { return of.tls.client_map; }),
    row(
        "cors.origins", Taken::at_once, [](auto& of) -> auto& { return of.cors_origins; }),
    row(
        "frame_ancestors", Taken::at_once, [](auto& of) -> auto& { return of.frame_ancestors; }),
    row(
        "workers", Taken::at_start, [](auto& of) -> auto& { return of.workers; }),
    row(
        "audit.file", Taken::at_start, [](auto& of) -> auto& { return of.audit_file; }),
    row(
        "compact.min_interval", Taken::at_once,
        [](auto& of) -> auto& { return of.compact_interval; }),
    row(
        "limits.max_body", Taken::at_once, [](auto& of) -> auto& { return of.limits.max_body; }),
    row(
        "limits.max_stream_body", Taken::at_once,
        [](auto& of) -> auto& { return of.limits.max_stream_body; }),
    row(
        "limits.max_connections", Taken::at_once,
        [](auto& of) -> auto& { return of.limits.max_connections; }),
    row(
        "limits.header_timeout", Taken::at_once,
        [](auto& of) -> auto& { return of.limits.header_timeout; }),
    row(
        "limits.idle_timeout", Taken::at_once,
        [](auto& of) -> auto& { return of.limits.idle_timeout; }),
    row(
        "limits.min_body_rate", Taken::at_once,
        [](auto& of) -> auto& { return of.limits.min_body_rate; }),
    row(
        "limits.tenant_rps", Taken::at_once,
        [](auto& of) -> auto& { return of.limits.tenant_rps; }),
    row(
        "limits.tenant_concurrency", Taken::at_once,
        [](auto& of) -> auto& { return of.limits.tenant_concurrency; }),
    row(
        "upstream.connect_timeout", Taken::at_once,
        [](auto& of) -> auto& { return of.upstream.connect_timeout; }),
    row(
        "upstream.first_byte_timeout", Taken::at_once,
        [](auto& of) -> auto& { return of.upstream.first_byte_timeout; }),
    row(
        "upstream.idle_timeout", Taken::at_once,
        [](auto& of) -> auto& { return of.upstream.idle_timeout; }),
    row(
        "upstream.max_idle", Taken::at_once,
        [](auto& of) -> auto& { return of.upstream.max_idle; }),
    row(
        "drain_timeout", Taken::at_once, [](auto& of) -> auto& { return of.drain_timeout; }),
    row(
        "usage.operator_sees_tokens", Taken::at_once,
        [](auto& of) -> auto& { return of.operator_sees_tokens; }),
    row(
        "log.level", Taken::at_once, [](auto& of) -> auto& { return of.log.level; }),
    row(
        "log.format", Taken::at_once, [](auto& of) -> auto& { return of.log.format; }),
    row(
        "log.requests", Taken::at_once, [](auto& of) -> auto& { return of.log.requests; }),
    row(
        "models", Taken::at_once, [](auto& of) -> auto& { return of.models; }),
};

struct ProviderRow {
  std::string_view part;
  bool (*same)(const ProviderSetting&, const ProviderSetting&);
};

constexpr ProviderRow provider_rows[] = {
    {"base_url", [](auto& a, auto& b) { return a.base_url == b.base_url; }},
    {"format", [](auto& a, auto& b) { return a.format == b.format; }},
    {"global_key", [](auto& a, auto& b) { return a.global_key == b.global_key; }},
    {"ca_file", [](auto& a, auto& b) { return a.ca_file == b.ca_file; }},
    {"auth_header", [](auto& a, auto& b) { return a.auth_header == b.auth_header; }},
};

const ProviderSetting* find(const Settings& settings, const ProviderId& id) {
  auto same = [&id](const ProviderSetting& provider) { return provider.id == id; };
  auto found = std::ranges::find_if(settings.providers, same);
  return found == settings.providers.end() ? nullptr : &*found;
}

// Providers that came, went or changed, by the names of what differs; a provider that came or went
// by its own.
void compare_providers(const Settings& running, const Settings& next,
                       std::vector<std::string>& names) {
  for (const ProviderSetting& provider : next.providers) {
    const std::string name = "provider." + provider.id.str();
    const ProviderSetting* before = find(running, provider.id);
    if (before == nullptr) {
      names.push_back(name);
      continue;
    }
    for (const ProviderRow& row : provider_rows) {
      if (!row.same(*before, provider)) names.push_back(name + "." + std::string(row.part));
    }
  }
  for (const ProviderSetting& provider : running.providers) {
    if (find(next, provider.id) == nullptr) names.push_back("provider." + provider.id.str());
  }
}

}  // namespace

SettingsChange settle_change(const Settings& running, Settings& next) {
  SettingsChange change;
  // Whether TLS is spoken at all is a matter of `listen`, which is told: until the next start the
  // settings of TLS are as they were, and are not told.
  if (listens_over_tls(running) != listens_over_tls(next)) next.tls = running.tls;
  for (const Row& row : rows) {
    if (row.same(running, next)) continue;
    if (row.taken == Taken::at_once) {
      change.applied.emplace_back(row.name);
    } else {
      change.needs_restart.emplace_back(row.name);
      row.keep(running, next);
    }
  }
  compare_providers(running, next, change.applied);
  return change;
}

bool is_compared(std::string_view name) {
  if (name == "store") return true;  // has one value
  if (name == "models.*") name = "models";
  if (name == "tls.client_map.*") name = "tls.client_map";
  constexpr std::string_view providers = "provider.*.";
  if (name.starts_with(providers)) {
    name.remove_prefix(providers.size());
    return std::ranges::any_of(provider_rows,
                               [&](const ProviderRow& row) { return row.part == name; });
  }
  return std::ranges::any_of(rows, [&](const Row& row) { return row.name == name; });
}

}  // namespace byok::daemon

#include "daemon/config_table.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "daemon/config_values.hpp"
#include "daemon/fields.hpp"

namespace byok::daemon {
namespace {

constexpr std::uint32_t any_count = std::numeric_limits<std::uint32_t>::max();

constexpr BuiltInProvider built_in_providers[] = {
    {"openai", "https://api.openai.com", "env:OPENAI_API_KEY"},
    {"anthropic", "https://api.anthropic.com", "env:ANTHROPIC_API_KEY"},
    {"gemini", "https://generativelanguage.googleapis.com", "env:GEMINI_API_KEY"},
};

// Reads into the provider that the setting's name names, made where it is new.
template <class Put>
Result<void> put_provider(const Target& target, Put put) {
  Result<ProviderId> id = ProviderId::parse(target.part);
  if (!id) {
    return complaint(
        "names a provider that cannot be called so: up to 32 of a-z, 0-9 and -, a letter first, "
        "and no word that begins a path of byokd's own");
  }
  std::vector<ProviderSetting>& providers = target.settings.providers;
  auto same = [&](const ProviderSetting& provider) { return provider.id == *id; };
  auto place = std::find_if(providers.begin(), providers.end(), same);
  if (place != providers.end()) return put(*place);
  ProviderSetting made{
      .id = *id, .base_url = {}, .format = {}, .global_key = {}, .ca_file = {}, .auth_header = {}};
  Result<void> done = put(made);
  if (done) providers.push_back(std::move(made));
  return done;
}

Result<void> put_store(const Target&, const Value& value) {
  auto* text = std::get_if<std::string>(&value);
  if (text == nullptr || *text != "lmdb") return complaint(R"(has the one value "lmdb" so far)");
  return {};
}

Result<void> put_admin_group(const Target& target, const Value& value) {
  AdminGroup& group = target.settings.admin_group;
  Result<void> done = put_text(group.name, value);
  if (done) group.required = !target.is_default;
  return done;
}

Result<void> put_provider_format(const Target& target, const Value& value) {
  return put_provider(target, [&](ProviderSetting& provider) -> Result<void> {
    std::string format;
    if (Result<void> done = put_format(format, value); !done) return done;
    if (find_built_in(provider.id.view()) != nullptr && format != provider.id.view()) {
      return complaint("is fixed: choose another name for a provider of another format");
    }
    provider.format = std::move(format);
    return {};
  });
}

Result<void> put_model(const Target& target, const Value& value) {
  auto* text = std::get_if<std::string>(&value);
  Result<ProviderId> provider = ProviderId::parse(text != nullptr ? *text : "");
  if (!provider) return complaint("wants the name of a provider");
  target.settings.models.push_back({std::string(target.part), *provider});
  return {};
}

Result<void> put_client(const Target& target, const Value& value) {
  // As long as X.509 lets a common name be, and the audit log has room for; printable, since logs
  // show it.
  constexpr std::size_t most_characters = 64;
  constexpr std::size_t most_bytes = 250;
  const std::optional<std::size_t> characters = count_printable(target.part);
  if (!characters || *characters > most_characters || target.part.size() > most_bytes) {
    return complaint(
        "names a common name that is not taken: up to 64 characters, or 250 bytes, of UTF-8, none "
        "of them a control character");
  }
  ClientRole role{.common_name = std::string(target.part), .tenant = {}};
  if (Result<void> done = put_client_role(role.tenant, value); !done) return done;
  auto& roles = target.settings.tls.client_map;
  std::erase_if(roles,
                [&](const ClientRole& other) { return other.common_name == role.common_name; });
  roles.push_back(std::move(role));
  return {};
}

constexpr SettingRow rows[] = {
    {"listen", "",
     [](const Target& to, const Value& value) {
       return put_listen(to.settings.listen, value, to.folder);
     }},
    {"metrics_listen", "",
     [](const Target& to, const Value& value) {
       return put_listen(to.settings.metrics_listen, value, to.folder);
     }},
    {"metrics.tenant_label", "off",
     [](const Target& to, const Value& value) {
       return put_count_limit(to.settings.metrics_tenants, value, 10'000);
     }},
    {"state_dir", "",
     [](const Target& to, const Value& value) {
       return put_path(to.settings.state_dir, value, to.folder);
     }},
    {"store", "lmdb", put_store},
    {"map_size", "64GiB",
     [](const Target& to, const Value& value) {
       return put_size(to.settings.map_size, value, std::uint64_t{1} << 20);
     }},
    {"compact.min_interval", "10m",
     [](const Target& to, const Value& value) {
       return put_duration(to.settings.compact_interval, value);
     }},
    {"root_key", "",
     [](const Target& to, const Value& value) {
       return put_root_key(to.settings.root_key_file, value, to.folder, to.environment);
     }},
    {"admin_group", "byok", put_admin_group},
    {"socket_mode", "0660",
     [](const Target& to, const Value& value) { return put_mode(to.settings.socket_mode, value); }},
    {"unix_operator", "true",
     [](const Target& to, const Value& value) {
       return put_flag(to.settings.unix_operator, value);
     }},
    {"user", "",
     [](const Target& to, const Value& value) { return put_text(to.settings.user, value); }},
    {"sandbox", "true",
     [](const Target& to, const Value& value) { return put_flag(to.settings.sandbox, value); }},
    {"allow_plaintext", "false",
     [](const Target& to, const Value& value) {
       return put_flag(to.settings.allow_plaintext, value);
     }},
    {"public_url", "",
     [](const Target& to, const Value& value) {
       return put_public_url(to.settings.public_url, value);
     }},
    {"ui", "false",
     [](const Target& to, const Value& value) { return put_flag(to.settings.ui, value); }},
    {"tls.cert", "",
     [](const Target& to, const Value& value) {
       return put_path(to.settings.tls.cert, value, to.folder);
     }},
    {"tls.key", "",
     [](const Target& to, const Value& value) {
       return put_path(to.settings.tls.key, value, to.folder);
     }},
    {"tls.client_ca", "",
     [](const Target& to, const Value& value) {
       return put_path(to.settings.tls.client_ca, value, to.folder);
     }},
    {"tls.client_map.*", "", put_client},
    {"cors.origins", "",
     [](const Target& to, const Value& value) {
       return put_origins(to.settings.cors_origins, value);
     }},
    {"frame_ancestors", "",
     [](const Target& to, const Value& value) {
       return put_origins(to.settings.frame_ancestors, value);
     }},
    {"provider.*.base_url", "",
     [](const Target& to, const Value& value) {
       return put_provider(to,
                           [&](auto& provider) { return put_base_url(provider.base_url, value); });
     }},
    {"provider.*.format", "", put_provider_format},
    {"provider.*.global_key", "",
     [](const Target& to, const Value& value) {
       return put_provider(to, [&](auto& provider) {
         return put_global_key(provider.global_key, value, to.folder);
       });
     }},
    {"provider.*.ca_file", "",
     [](const Target& to, const Value& value) {
       return put_provider(
           to, [&](auto& provider) { return put_path(provider.ca_file, value, to.folder); });
     }},
    {"provider.*.auth_header", "",
     [](const Target& to, const Value& value) {
       return put_provider(
           to, [&](auto& provider) { return put_auth_header(provider.auth_header, value); });
     }},
    {"models.*", "", put_model},
    {"limits.max_body", "32MiB",
     [](const Target& to, const Value& value) {
       return put_size(to.settings.limits.max_body, value);
     }},
    {"limits.max_stream_body", "off",
     [](const Target& to, const Value& value) {
       return put_limit(to.settings.limits.max_stream_body, value);
     }},
    {"limits.max_connections", "10000",
     [](const Target& to, const Value& value) {
       return put_count(to.settings.limits.max_connections, value, 1, any_count);
     }},
    {"limits.header_timeout", "10s",
     [](const Target& to, const Value& value) {
       return put_duration(to.settings.limits.header_timeout, value);
     }},
    {"limits.idle_timeout", "75s",
     [](const Target& to, const Value& value) {
       return put_duration(to.settings.limits.idle_timeout, value);
     }},
    {"limits.min_body_rate", "256B",
     [](const Target& to, const Value& value) {
       return put_limit(to.settings.limits.min_body_rate, value);
     }},
    {"limits.tenant_rps", "off",
     [](const Target& to, const Value& value) {
       return put_count_limit(to.settings.limits.tenant_rps, value);
     }},
    {"limits.tenant_concurrency", "off",
     [](const Target& to, const Value& value) {
       return put_count_limit(to.settings.limits.tenant_concurrency, value);
     }},
    {"upstream.connect_timeout", "5s",
     [](const Target& to, const Value& value) {
       return put_duration(to.settings.upstream.connect_timeout, value);
     }},
    {"upstream.first_byte_timeout", "300s",
     [](const Target& to, const Value& value) {
       return put_duration(to.settings.upstream.first_byte_timeout, value);
     }},
    {"upstream.idle_timeout", "120s",
     [](const Target& to, const Value& value) {
       return put_duration(to.settings.upstream.idle_timeout, value);
     }},
    {"upstream.max_idle", "256",
     [](const Target& to, const Value& value) {
       return put_count(to.settings.upstream.max_idle, value, 0, any_count);
     }},
    {"drain_timeout", "30s",
     [](const Target& to, const Value& value) {
       return put_duration(to.settings.drain_timeout, value, true);
     }},
    {"workers", "",
     [](const Target& to, const Value& value) {
       return put_count(to.settings.workers, value, 1, 1024);
     }},
    {"usage.operator_sees_tokens", "false",
     [](const Target& to, const Value& value) {
       return put_flag(to.settings.operator_sees_tokens, value);
     }},
    {"log.level", "info",
     [](const Target& to, const Value& value) {
       return put_log_level(to.settings.log.level, value);
     }},
    {"log.format", "",
     [](const Target& to, const Value& value) {
       return put_log_format(to.settings.log.format, value);
     }},
    {"log.requests", "false",
     [](const Target& to, const Value& value) {
       return put_flag(to.settings.log.requests, value);
     }},
    {"audit.file", "",
     [](const Target& to, const Value& value) {
       return put_path(to.settings.audit_file, value, to.folder);
     }},
};

// Splits "a.*.b" at its star and fits both ends to `name`; nothing where they do not.
std::optional<std::string_view> fit(std::string_view pattern, std::string_view name) {
  std::size_t star = pattern.find('*');
  std::string_view head = pattern.substr(0, star);
  std::string_view tail = pattern.substr(star + 1);
  if (name.size() <= head.size() + tail.size()) return std::nullopt;
  if (!name.starts_with(head) || !name.ends_with(tail)) return std::nullopt;
  std::string_view part = name.substr(head.size(), name.size() - head.size() - tail.size());
  // Only the last part of a name may itself hold dots, as models have them.
  if (!tail.empty() && part.find('.') != std::string_view::npos) return std::nullopt;
  return part;
}

}  // namespace

std::span<const SettingRow> setting_rows() { return rows; }

Match find_setting(std::string_view name) {
  for (const SettingRow& row : rows) {
    if (row.name == name) return {&row, {}};
    if (row.name.find('*') == std::string_view::npos) continue;
    if (auto part = fit(row.name, name)) return {&row, *part};
  }
  return {nullptr, {}};
}

void put_defaults(Settings& settings) {
  for (const BuiltInProvider& provider : built_in_providers) {
    settings.providers.push_back({.id = ProviderId::parse(provider.name).value(),
                                  .base_url = std::string(provider.base_url),
                                  .format = std::string(provider.name),
                                  .global_key = std::string(provider.global_key),
                                  .ca_file = {},
                                  .auth_header = {}});
  }
  for (const SettingRow& row : rows) {
    if (row.default_text.empty()) continue;
    const Target target{settings, {}, {}, {}, true};
    row.put(target, value_from_text(row.default_text)).value();
  }
}

const BuiltInProvider* find_built_in(std::string_view name) {
  for (const BuiltInProvider& provider : built_in_providers) {
    if (provider.name == name) return &provider;
  }
  return nullptr;
}

}  // namespace byok::daemon

// Every setting that byokd knows, read and checked: what the rest of the daemon is built from.
// Plain values without defaults of their own; those stand in config.cpp beside the settings' names.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/ids.hpp"
#include "daemon/log.hpp"

namespace byok::daemon {

using Duration = std::chrono::milliseconds;

struct ListenAddress {
  enum class Kind { unix_socket, http, https };
  Kind kind;
  std::string host;            // http, https: an IP address without brackets
  std::uint16_t port = 0;      // http, https: 0 lets the system pick one
  std::filesystem::path path;  // unix_socket: absolute

  friend bool operator==(const ListenAddress&, const ListenAddress&) = default;
};

// As the operator wrote it: http://127.0.0.1:8484, https://[::1]:0, unix:/run/byok/byokd.sock.
std::string to_string(const ListenAddress& address);

// True for addresses that only this machine reaches; Unix sockets are.
bool is_local(const ListenAddress& address);

// The same of an address as public_url has it.
bool is_loopback_url(std::string_view url);

// Whom a client certificate stands for whose subject's common name this is.
struct ClientRole {
  std::string common_name;
  std::optional<TenantId> tenant;  // nothing: an operator

  friend bool operator==(const ClientRole&, const ClientRole&) = default;
};

// Of the https:// listeners. Paths are absolute, or empty where they are not set.
struct TlsSettings {
  std::filesystem::path cert;       // PEM: the certificate, then its chain
  std::filesystem::path key;        // PEM
  std::filesystem::path client_ca;  // PEM: who signs client certificates
  std::vector<ClientRole> client_map;

  friend bool operator==(const TlsSettings&, const TlsSettings&) = default;
};

struct ProviderSetting {
  ProviderId id;
  std::string base_url;    // what stands before /v1: http(s)://host[:port][/path], no / at the end
  std::string format;      // the wire format it speaks: openai, anthropic or gemini
  std::string global_key;  // where its global key lies: env:, file: or credential:, or empty
  std::filesystem::path ca_file;  // PEM, trusted in place of the system's store; or empty
  std::string auth_header;        // lower case; empty: the one that the format uses

  friend bool operator==(const ProviderSetting&, const ProviderSetting&) = default;
};

// Models whose name fits `pattern` (* stands for any text) go to `provider`. In the order written
// in the file, then environment, then command line; a later one with the same pattern replaces.
struct ModelRoute {
  std::string pattern;
  ProviderId provider;

  friend bool operator==(const ModelRoute&, const ModelRoute&) = default;
};

// The group whose members are operators on the Unix socket.
struct AdminGroup {
  std::string name;
  bool required;  // somebody set it: that it does not exist is an error

  friend bool operator==(const AdminGroup&, const AdminGroup&) = default;
};

struct Limits {
  std::uint64_t max_body;                        // bytes, of bodies that are held
  std::optional<std::uint64_t> max_stream_body;  // bytes, of bodies that stream; nothing: any
  std::uint32_t max_connections;
  Duration header_timeout;
  Duration idle_timeout;
  std::optional<std::uint64_t> min_body_rate;       // bytes a second; nothing: any
  std::optional<std::uint32_t> tenant_rps;          // requests a second; nothing: any number
  std::optional<std::uint32_t> tenant_concurrency;  // requests in flight; nothing: any number
};

struct UpstreamSettings {
  Duration connect_timeout;
  Duration first_byte_timeout;
  Duration idle_timeout;
  std::uint32_t max_idle;  // kept-alive connections of one worker to one provider
};

struct LogSettings {
  LogLevel level;
  LogFormat format;
  bool requests;  // a line for each at level info; else at debug
};

struct Settings {
  std::vector<ListenAddress> listen;             // at least one
  std::vector<ListenAddress> metrics_listen;     // for metrics, /health and /ready alone
  std::optional<std::uint32_t> metrics_tenants;  // counted by themselves; nothing: none
  std::filesystem::path state_dir;               // absolute
  std::uint64_t map_size;                        // bytes
  Duration compact_interval;                     // between two compactions, at least
  std::filesystem::path root_key_file;
  AdminGroup admin_group;
  mode_t socket_mode;
  bool unix_operator;
  std::string user;  // whom root makes byokd; empty: it stays who started it
  bool sandbox;      // gives up what serving does not take
  bool allow_plaintext;
  std::string public_url;  // under which customers reach it: no / at the end; or empty
  bool ui;                 // serves the settings page
  TlsSettings tls;
  // Both as browsers write origins: lower case, no port where it is the scheme's own.
  std::vector<std::string> cors_origins;     // whose pages may call byokd
  std::vector<std::string> frame_ancestors;  // whose pages may show the settings page in a frame
  std::vector<ProviderSetting> providers;  // openai, anthropic and gemini, then the configured ones
  std::vector<ModelRoute> models;
  Limits limits;
  UpstreamSettings upstream;
  Duration drain_timeout;
  unsigned workers;           // at least 1
  bool operator_sees_tokens;  // of calls with a tenant's own key
  LogSettings log;
  std::filesystem::path audit_file;  // absolute
  // Where each was set that somebody has set, by name: "/etc/byok/byokd.toml:3", "BYOKD_WORKERS",
  // "-o workers".
  std::map<std::string, std::string, std::less<>> places;
};

// Whether one of `listen` is https.
bool listens_over_tls(const Settings& settings);

// "/etc/byok/byokd.toml:3: " for a setting that stands there; empty for one that nobody has set.
std::string place_of(const Settings& settings, std::string_view name);

}  // namespace byok::daemon

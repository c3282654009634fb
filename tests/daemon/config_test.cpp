#include "daemon/config.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

#include "tests/daemon/load.hpp"

namespace byok::daemon {
namespace {

const ProviderSetting* find(const Settings& settings, std::string_view name) {
  for (const ProviderSetting& provider : settings.providers) {
    if (provider.id.view() == name) return &provider;
  }
  return nullptr;
}

std::string listeners(const Settings& settings) {
  std::string all;
  for (const ListenAddress& address : settings.listen) all += to_string(address) + " ";
  return all;
}

std::string words(const std::vector<std::string>& list) {
  std::string all;
  for (const std::string& word : list) all += word + " ";
  return all;
}

std::string routes(const Settings& settings) {
  std::string all;
  for (const ModelRoute& route : settings.models) {
    all += fmt::format("{}>{} ", route.pattern, route.provider.view());
  }
  return all;
}

std::string milliseconds(Duration duration) { return std::to_string(duration.count()); }

template <class Number>
std::string or_off(const std::optional<Number>& limit) {
  return limit ? std::to_string(*limit) : "off";
}

struct Row {
  std::string_view name;
  const char* text;    // behind -o and in the variable
  const char* result;  // what `show` then gives
  const char* standard;
  std::string (*show)(const Settings&);
};

const Row rows[] = {
    {"listen", R"(["unix:/a/b.sock", "http://[::1]:0"])", "unix:/a/b.sock http://[::1]:0 ",
     "unix:/run/user/1/byok/byokd.sock http://127.0.0.1:8484 ", listeners},
    {"metrics_listen", R"(["http://127.0.0.1:9464"])", "http://127.0.0.1:9464 ", "",
     [](const Settings& s) {
       std::string all;
       for (const ListenAddress& address : s.metrics_listen) all += to_string(address) + " ";
       return all;
     }},
    {"cors.origins",
     R"(["HTTPS://App.Example:443", "http://b.example:8080", "capacitor://localhost",)"
     R"( "https://[::1]:80", "https://app.example"])",
     "https://app.example http://b.example:8080 capacitor://localhost https://[::1]:80 ", "",
     [](const Settings& s) { return words(s.cors_origins); }},
    {"frame_ancestors", "http://a.example:80", "http://a.example ", "",
     [](const Settings& s) { return words(s.frame_ancestors); }},
    {"metrics.tenant_label", "100", "100", "off",
     [](const Settings& s) { return or_off(s.metrics_tenants); }},
    {"log.requests", "true", "1", "0",
     [](const Settings& s) { return std::to_string(s.log.requests); }},
    {"state_dir", "/var/lib/x", "/var/lib/x", "/state/byok",
     [](const Settings& s) { return s.state_dir.native(); }},
    {"map_size", "1MiB", "1048576", "68719476736",
     [](const Settings& s) { return std::to_string(s.map_size); }},
    {"compact.min_interval", "1h", "3600000", "600000",
     [](const Settings& s) { return std::to_string(s.compact_interval.count()); }},
    {"root_key", "file:/etc/k", "/etc/k", nullptr,
     [](const Settings& s) { return s.root_key_file.native(); }},
    {"admin_group", "wheel", "wheel required", "byok if it exists",
     [](const Settings& s) {
       return s.admin_group.name + (s.admin_group.required ? " required" : " if it exists");
     }},
    {"socket_mode", "0600", "600", "660",
     [](const Settings& s) { return fmt::format("{:o}", s.socket_mode); }},
    {"unix_operator", "false", "false", "true",
     [](const Settings& s) { return fmt::format("{}", s.unix_operator); }},
    {"user", "nobody", "nobody", "", [](const Settings& s) { return s.user; }},
    {"sandbox", "false", "false", "true",
     [](const Settings& s) { return fmt::format("{}", s.sandbox); }},
    {"allow_plaintext", "true", "true", "false",
     [](const Settings& s) { return fmt::format("{}", s.allow_plaintext); }},
    {"public_url", "https://Keys.Example.com:443/byok/", "https://keys.example.com/byok", "",
     [](const Settings& s) { return s.public_url; }},
    {"ui", "true", "true", "false", [](const Settings& s) { return fmt::format("{}", s.ui); }},
    {"provider.openai.base_url", "http://127.0.0.1:9000/x/", "http://127.0.0.1:9000/x",
     "https://api.openai.com", [](const Settings& s) { return find(s, "openai")->base_url; }},
    {"provider.gemini.global_key", "env:OTHER", "env:OTHER", "env:GEMINI_API_KEY",
     [](const Settings& s) { return find(s, "gemini")->global_key; }},
    {"provider.anthropic.ca_file", "/dev/null", "/dev/null", "",
     [](const Settings& s) { return find(s, "anthropic")->ca_file.native(); }},
    {"provider.openai.auth_header", "Api-Key", "api-key", "",
     [](const Settings& s) { return find(s, "openai")->auth_header; }},
    {"models.gpt-4.1*", "gemini", "gpt-4.1*>gemini ", "", routes},
    {"limits.max_body", "64KiB", "65536", "33554432",
     [](const Settings& s) { return std::to_string(s.limits.max_body); }},
    {"limits.max_stream_body", "1GiB", "1073741824", "off",
     [](const Settings& s) { return or_off(s.limits.max_stream_body); }},
    {"limits.max_connections", "12", "12", "10000",
     [](const Settings& s) { return std::to_string(s.limits.max_connections); }},
    {"limits.header_timeout", "1m", "60000", "10000",
     [](const Settings& s) { return milliseconds(s.limits.header_timeout); }},
    {"limits.idle_timeout", "1s", "1000", "75000",
     [](const Settings& s) { return milliseconds(s.limits.idle_timeout); }},
    {"limits.min_body_rate", "1KiB", "1024", "256",
     [](const Settings& s) { return or_off(s.limits.min_body_rate); }},
    {"limits.tenant_rps", "5", "5", "off",
     [](const Settings& s) { return or_off(s.limits.tenant_rps); }},
    {"limits.tenant_concurrency", "6", "6", "off",
     [](const Settings& s) { return or_off(s.limits.tenant_concurrency); }},
    {"upstream.connect_timeout", "250ms", "250", "5000",
     [](const Settings& s) { return milliseconds(s.upstream.connect_timeout); }},
    {"upstream.first_byte_timeout", "1s", "1000", "300000",
     [](const Settings& s) { return milliseconds(s.upstream.first_byte_timeout); }},
    {"upstream.idle_timeout", "1s", "1000", "120000",
     [](const Settings& s) { return milliseconds(s.upstream.idle_timeout); }},
    {"upstream.max_idle", "0", "0", "256",
     [](const Settings& s) { return std::to_string(s.upstream.max_idle); }},
    {"drain_timeout", "0s", "0", "30000",
     [](const Settings& s) { return milliseconds(s.drain_timeout); }},
    {"workers", "7", "7", nullptr, [](const Settings& s) { return std::to_string(s.workers); }},
    {"usage.operator_sees_tokens", "true", "true", "false",
     [](const Settings& s) { return fmt::format("{}", s.operator_sees_tokens); }},
    {"log.level", "debug", "debug", "info",
     [](const Settings& s) { return std::string(level_name(s.log.level)); }},
    {"log.format", "text", "text", nullptr,
     [](const Settings& s) {
       return std::string(s.log.format == LogFormat::text ? "text" : "json");
     }},
};

// The text as a TOML file has to write it.
std::string in_toml(std::string_view text) {
  bool bare = text == "true" || text == "false" || text.starts_with('[') ||
              (text.find_first_not_of("0123456789") == text.npos && !text.starts_with("0")) ||
              text == "0";
  return bare ? std::string(text) : fmt::format("\"{}\"", text);
}

// limits.max_body is BYOKD_LIMITS__MAX_BODY.
std::string variable_of(std::string_view name) {
  std::string variable = "BYOKD_";
  for (char c : name) {
    if (c == '.') {
      variable += "__";
    } else {
      variable += static_cast<char>(std::toupper(c));
    }
  }
  return variable;
}

void check(const Load& load, const Row& row, const char* expected) {
  CHECK(load.problems() == "");
  Result<Settings> settings = load.settings();
  if (settings) CHECK(row.show(*settings) == expected);
}

TEST_CASE("https:// listeners and client certificates are read, the last role of a name wins") {
  Load load;
  load.file(R"(
listen = ["https://0.0.0.0:8443", "https://[::1]:1"]
[tls]
cert = "tls/cert.pem"
key = "/etc/key.pem"
client_ca = "ca.pem"
[tls.client_map]
"acme backend" = "tenant:acme"
"ops.example.com" = "tenant:acme"
)");
  load.option("tls.client_map.ops.example.com=operator");
  std::string longest;
  for (int i = 0; i < 64; ++i) longest += "\xe5\x90\x8d";
  load.option("tls.client_map." + longest + "=operator");
  const auto loaded = load.settings();
  CAPTURE(load.problems());
  REQUIRE(loaded.has_value());
  CHECK(listeners(*loaded) == "https://0.0.0.0:8443 https://[::1]:1 ");
  CHECK(loaded->tls.cert == std::filesystem::path(load.folder()) / "tls/cert.pem");
  CHECK(loaded->tls.key == "/etc/key.pem");
  CHECK(loaded->tls.client_ca == std::filesystem::path(load.folder()) / "ca.pem");
  REQUIRE(loaded->tls.client_map.size() == 3);
  CHECK(loaded->tls.client_map[2].common_name == longest);
  CHECK(loaded->tls.client_map[0].common_name == "acme backend");
  CHECK(loaded->tls.client_map[0].tenant == *TenantId::parse("acme"));
  CHECK(loaded->tls.client_map[1].common_name == "ops.example.com");
  CHECK_FALSE(loaded->tls.client_map[1].tenant.has_value());
}

TEST_CASE("every setting has its default") {
  Load load;
  for (const Row& row : rows) {
    CAPTURE(row.name);
    if (row.standard != nullptr) check(load, row, row.standard);
  }
}

TEST_CASE("the defaults that depend on the machine fit it") {
  Load load;
  Result<Settings> settings = load.settings();
  REQUIRE(settings.has_value());
  CHECK(settings->root_key_file == load.folder() + "/root.key");
  CHECK(settings->workers >= 1);
}

TEST_CASE("every setting is read from the file, the environment and the command line") {
  for (const Row& row : rows) {
    CAPTURE(row.name);
    Load from_file;
    check(from_file.file(fmt::format(
              "{} = {}\n",
              std::string_view(row.name).starts_with("models.") ? "models.\"gpt-4.1*\"" : row.name,
              in_toml(row.text))),
          row, row.result);
    Load from_environment;
    check(from_environment.variable(variable_of(row.name), row.text), row, row.result);
    Load from_option;
    check(from_option.option(fmt::format("{}={}", row.name, row.text)), row, row.result);
  }
}

TEST_CASE("-o wins over the environment, which wins over the file") {
  Load load;
  load.file("workers = 2\n");
  CHECK(load.settings()->workers == 2);
  load.variable("BYOKD_WORKERS", "3");
  CHECK(load.settings()->workers == 3);
  load.option("workers=4");
  CHECK(load.settings()->workers == 4);
  load.option("workers=5");
  CHECK(load.settings()->workers == 5);
}

TEST_CASE("the value of an -o may be TOML or plain text") {
  struct Case {
    std::string_view name;
    const char* option;
    const char* listen;
  };
  const Case cases[] = {
      {"one address as text", "listen=http://127.0.0.1:0", "http://127.0.0.1:0 "},
      {"one address in quotes", "listen=\"http://127.0.0.1:0\"", "http://127.0.0.1:0 "},
      {"localhost", "listen=http://localhost:1", "http://127.0.0.1:1 "},
      {"a list", "listen=[\"http://127.0.0.1:0\", 'unix:/x']", "http://127.0.0.1:0 unix:/x "},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    Load load;
    load.option(c.option);
    CHECK(load.problems() == "");
    CHECK(listeners(load.settings().value()) == c.listen);
  }
}

TEST_CASE("a table behind -o sets what is in it") {
  Load load;
  load.option("limits={max_body=\"1MiB\", max_connections=5}");
  CHECK(load.problems() == "");
  CHECK(load.settings()->limits.max_body == 1048576);
  CHECK(load.settings()->limits.max_connections == 5);
}

TEST_CASE("relative paths start in the file's folder, and elsewhere in the current one") {
  Load load;
  load.file("state_dir = \"data\"\nroot_key = \"file:../k\"\n");
  CHECK(load.settings()->state_dir == load.folder() + "/data");
  CHECK(load.settings()->root_key_file == std::filesystem::path(load.folder()).parent_path() / "k");
  load.option("state_dir=here");
  CHECK(load.settings()->state_dir == std::filesystem::current_path() / "here");
}

TEST_CASE("without a runtime folder the socket lies in the state folder, wherever that is") {
  Load load;
  load.runtime_dir("/state/byok");
  CHECK(listeners(load.settings().value()).starts_with("unix:/state/byok/byokd.sock "));
  load.option("state_dir=/elsewhere");
  CHECK(listeners(load.settings().value()).starts_with("unix:/elsewhere/byokd.sock "));
}

TEST_CASE("a provider of one's own stands beside the three built-in ones") {
  Load load;
  load.file(R"(
[provider.groq]
base_url = "https://api.groq.com/openai"
format = "openai"
global_key = "env:GROQ_KEY"
)");
  CHECK(load.problems() == "");
  Result<Settings> settings = load.settings();
  CHECK(settings->providers.size() == 4);
  const ProviderSetting* groq = find(*settings, "groq");
  REQUIRE(groq != nullptr);
  CHECK(groq->base_url == "https://api.groq.com/openai");
  CHECK(groq->format == "openai");
  CHECK(groq->global_key == "env:GROQ_KEY");
}

TEST_CASE("model routes of a stronger source come first and replace the same pattern") {
  Load load;
  load.file("[models]\n\"z*\" = \"openai\"\n\"a*\" = \"gemini\"\n\"b*\" = \"gemini\"\n");
  CHECK(routes(load.settings().value()) == "z*>openai a*>gemini b*>gemini ");
  load.option("models.b*=anthropic");
  CHECK(routes(load.settings().value()) == "b*>anthropic z*>openai a*>gemini ");
}

TEST_CASE("what Kubernetes puts into the environment for a service called byokd is not ours") {
  Load load;
  load.variable("BYOKD_SERVICE_HOST", "10.0.0.1").variable("BYOKD_PORT_8484_TCP", "tcp://10.0.0.1");
  CHECK(load.problems() == "");
}

}  // namespace
}  // namespace byok::daemon

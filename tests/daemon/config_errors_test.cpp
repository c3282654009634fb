#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

#include "tests/daemon/load.hpp"

namespace byok::daemon {
namespace {

TEST_CASE("a wrong value is refused with the setting's name and what it wants") {
  struct Case {
    std::string_view name;
    const char* option;
    const char* says;
  };
  const std::string long_name = "tls.client_map." + std::string(65, 'a') + "=operator";
  const Case cases[] = {
      {"number for a flag", "unix_operator=1", "unix_operator wants true or false"},
      {"text for a number", "workers=many", "workers wants a whole number from 1 to 1024"},
      {"no workers", "workers=0", "workers wants a whole number from 1"},
      {"fraction", "workers=1.5", "workers wants a whole number"},
      {"negative count", "limits.max_connections=-1", "wants a whole number from 1 to 4294967295"},
      {"unknown unit", "limits.max_body=1MB", "limits.max_body wants a size such as \"32MiB\""},
      {"size beyond 64 bits", "map_size=99999999TiB", "map_size wants a size"},
      {"tiny map", "map_size=4KiB", "map_size wants at least 1048576 bytes"},
      {"negative size", "limits.max_body=-5", "wants a size"},
      {"limit", "limits.max_stream_body=none", "wants a size such as \"32MiB\", or \"off\""},
      {"no requests", "limits.tenant_rps=0", "wants a whole number from 1 on, or \"off\""},
      {"rate without unit", "limits.min_body_rate=slow", "wants a size such as"},
      {"duration without unit", "drain_timeout=30", "drain_timeout wants a duration such as"},
      {"no time at all", "upstream.connect_timeout=0s", "wants more than no time at all"},
      {"decimal mode", "socket_mode=660", "socket_mode wants an octal mode in quotes"},
      {"mode with a nine", "socket_mode=0690", "wants an octal mode"},
      {"setuid mode", "socket_mode=4755", "wants an octal mode"},
      {"another store", "store=redis", "store has the one value \"lmdb\" so far"},
      {"root key of later", "root_key=exec:vault", "source (exec) that this version lacks"},
      {"root key without source", "root_key=/etc/key", "root_key wants what holds it"},
      {"https listener by name", "listen=https://example.com:1", "listen wants an IP address"},
      {"TLS without listener", "tls.cert=/c", "add an https:// address to listen"},
      {"role of a certificate", "tls.client_map.a=admin", "\"tenant:ID\" or \"operator\""},
      {"tenant of a certificate", "tls.client_map.a=tenant:No", "\"tenant:ID\" or \"operator\""},
      {"name with a control character", "tls.client_map.a\tb=operator", "common name that is not"},
      {"name with another", "tls.client_map.a\xc2\x9b=operator", "common name that is not"},
      {"name that is not UTF-8", "tls.client_map.\xff=operator", "common name that is not"},
      {"name of 65 characters", long_name.c_str(), "up to 64"},
      {"no listener", "listen=[]", "listen wants a list with at least one address"},
      {"numbers as listeners", "listen=[1]", "listen wants a list"},
      {"listener without port", "listen=http://127.0.0.1", "listen wants an IP address"},
      {"listener by name", "listen=http://example.com:80", "listen wants an IP address"},
      {"port too large", "listen=http://127.0.0.1:65536", "listen wants an IP address"},
      {"IPv6 without brackets", "listen=http://::1:80", "listen wants an IP address"},
      {"listener with a path", "listen=http://127.0.0.1:80/x", "listen wants an IP address"},
      {"public URL with query", "public_url=https://a/?b", "public_url wants http(s)://HOST"},
      {"public URL with user", "public_url=https://u:p@a", "public_url wants http(s)://HOST"},
      {"public URL with fragment", "public_url=https://a/#b", "public_url wants http(s)://HOST"},
      {"public URL without scheme", "public_url=a.example", "public_url wants http(s)://HOST"},
      {"page as a number", "ui=1", "ui wants true or false"},
      {"base URL with query", "provider.openai.base_url=https://a/?b", "wants http(s)://HOST"},
      {"base URL with user", "provider.openai.base_url=https://u:p@a", "wants http(s)://HOST"},
      {"base URL without host", "provider.openai.base_url=https:///a", "wants http(s)://HOST"},
      {"base URL of a name that begins like an address",
       "provider.openai.base_url=https://10.0.0.1.nip.io/v", "begins like an IPv4 address"},
      {"base URL of files", "provider.openai.base_url=file:///etc", "wants http(s)://HOST"},
      {"base URL with version", "provider.openai.base_url=https://a/v1/", "what stands before /v1"},
      {"unknown format", "provider.x.format=cohere", "wants \"openai\", \"anthropic\" or"},
      {"format of a built-in one", "provider.openai.format=gemini", "format is fixed"},
      {"reserved provider", "provider.admin.format=openai", "provider that cannot be called so"},
      {"key in place of its source", "provider.openai.global_key=sk-secret",
       "never the key itself"},
      {"header that frames", "provider.openai.auth_header=Host", "wants the name of the header"},
      {"header with a colon", "provider.openai.auth_header=a:b", "wants the name of the header"},
      {"missing CA file", "provider.openai.ca_file=/nowhere",
       "provider.openai.ca_file: the file that it names cannot be read"},
      {"key in place of a CA file", "provider.openai.ca_file=sk-secret", "cannot be read"},
      {"model without provider", "models.x*=groq", "models.\"x*\": there is no provider groq"},
      {"level", "log.level=trace", "log.level wants \"debug\""},
      {"format of the log", "log.format=xml", "log.format wants \"text\" or \"json\""},
      {"group without name", "admin_group=", "admin_group wants a text"},
      {"any origin", R"(cors.origins=["*"])", "cors.origins does not take \"*\""},
      {"origin with a slash", "cors.origins=https://a.example/", "without a path"},
      {"origin with a path", "cors.origins=https://a.example/app", "without a path"},
      {"origin with a user", "cors.origins=https://sk-secret@a.example", "wants origins"},
      {"origin without a scheme", "cors.origins=a.example", "wants origins"},
      {"origin without a host", "cors.origins=https://", "wants origins"},
      {"origin of nobody", "cors.origins=null", "wants origins"},
      {"origin with a wildcard", "cors.origins=https://*.a.example", "wants origins"},
      {"origin with port 0", "cors.origins=https://a.example:0", "wants origins"},
      {"origin with a port too large", "cors.origins=https://a.example:65536", "wants origins"},
      {"origin that is not ASCII", "cors.origins=https://b\xc3\xbc.example", "wants origins"},
      {"origin with a bad address", "cors.origins=https://[::g]", "wants origins"},
      {"origin that ends a header", R"(cors.origins="https://a\r\nB: c")", "wants origins"},
      {"one bad origin of two", R"(cors.origins=["https://a.example", "*"])", "does not take"},
      {"origins that are none", "cors.origins=5", "cors.origins wants a list of origins"},
      {"any frame", R"(frame_ancestors=["*"])", "frame_ancestors does not take \"*\""},
      {"value for a group", "limits=5", "limits is a group of settings, such as limits."},
      {"no equals sign", "workers", "-o: write it as KEY=VALUE"},
      {"no key", "=3", "-o: write it as KEY=VALUE"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    Load load;
    std::string problems = load.option(c.option).problems();
    CAPTURE(problems);
    CHECK(problems.find(c.says) != std::string::npos);
    CHECK(problems.find('\n') == std::string::npos);
    CHECK(problems.find("sk-secret") == std::string::npos);
  }
}

TEST_CASE("an unknown name is refused with the nearest valid one") {
  struct Case {
    std::string_view name;
    const char* option;
    const char* nearest;
  };
  const Case cases[] = {
      {"typing error", "lisen=1", "did you mean listen?"},
      {"wrong group", "limit.max_body=1", "did you mean limits.max_body?"},
      {"without its group", "max_body=1", "did you mean limits.max_body?"},
      {"in a provider", "provider.groq.baseurl=1", "did you mean provider.groq.base_url?"},
      {"upper case", "Workers=2", "did you mean workers?"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    Load load;
    std::string problems = load.option(c.option).problems();
    CAPTURE(problems);
    CHECK(problems.starts_with("-o "));
    CHECK(problems.ends_with(c.nearest));
  }
}

TEST_CASE("a setting of a later version is refused, not ignored") {
  for (const char* option : {"max_staleness=60s"}) {
    CAPTURE(option);
    Load load;
    CHECK(load.option(option).problems().find("this version has no ") != std::string::npos);
  }
}

TEST_CASE("an error names the file and line, the variable or -o") {
  Load load;
  load.file("workers = 2\n\n[limits]\nmax_bodi = \"1MiB\"\nheader_timeout = \"soon\"\n");
  load.variable("BYOKD_LOG__LEVEL", "loud");
  load.option("workers=0");
  CHECK(load.problems() ==
        fmt::format("{0}:4: there is no setting limits.max_bodi: did you mean limits.max_body?\n"
                    "{0}:5: limits.header_timeout wants a duration such as \"30s\" "
                    "(ms, s, m, h, d or w)\n"
                    "BYOKD_LOG__LEVEL: log.level wants \"debug\", \"info\", \"warn\" or \"error\"\n"
                    "-o workers: workers wants a whole number from 1 to 1024",
                    load.config_file()));
}

TEST_CASE("what does not fit together is named with where it was set, all of it, and once") {
  Load load;
  load.file(R"([provider.groq]
format = "openai"
[models]
"x-*" = "nobody"
[provider.openai]
ca_file = "/nowhere"
[provider.half]
base_url = "nonsense"
format = "openai"
)");
  CHECK(
      load.problems() ==
      fmt::format("{0}:8: provider.half.base_url wants http(s)://HOST[:PORT][/PATH] without user, "
                  "query or fragment, and no HOST that only begins like an IPv4 address\n"
                  "{0}:6: provider.openai.ca_file: the file that it names cannot be read\n"
                  "{0}:2: provider.groq: set provider.groq.base_url too\n"
                  "{0}:4: models.\"x-*\": there is no provider nobody: configure it as "
                  "provider.nobody",
                  load.config_file()));
}

TEST_CASE("a file that is not TOML is refused with its line") {
  Load load;
  CHECK(load.file("workers = 2\nlisten = [\n").problems().starts_with(load.config_file() + ":"));
}

TEST_CASE("an empty table with a wrong name is refused, one with a right name is not") {
  Load wrong;
  CHECK(wrong.file("[limit]\n").problems().find(":1: there is no setting limit") !=
        std::string::npos);
  Load right;
  CHECK(right.file("[limits]\n[cors]\n[models]\n[provider.openai]\n").problems() == "");
}

TEST_CASE("a missing default file is fine, a missing named one is not") {
  Load load;
  CHECK(load.problems() == "");
  CHECK(load.named_file("/nowhere/byokd.toml").problems() ==
        "/nowhere/byokd.toml: there is no such file");
  CHECK(load.named_file(load.folder()).problems().find("is not a file") != std::string::npos);
}

TEST_CASE("a listener that others reach in the clear needs allow_plaintext") {
  struct Case {
    std::string_view name;
    const char* listen;
    bool local;
  };
  const Case cases[] = {
      {"loopback", "http://127.0.0.1:1", true},
      {"another loopback", "http://127.8.9.1:1", true},
      {"IPv6 loopback", "http://[::1]:1", true},
      {"socket", "unix:/x", true},
      {"every address", "http://0.0.0.0:1", false},
      {"every IPv6 address", "http://[::]:1", false},
      {"private address", "http://10.0.0.1:1", false},
      {"beside https", R"(["https://0.0.0.0:2", "http://0.0.0.0:1"])", false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const bool over_tls = std::string_view(c.listen).find("https") != std::string_view::npos;
    Load load;
    Load metrics;
    for (Load* each : {&load, &metrics}) {
      if (over_tls) each->option("tls.cert=/c").option("tls.key=/k");
    }
    load.option(fmt::format("listen={}", c.listen));
    CHECK((load.problems() == "") == c.local);
    CHECK(load.option("allow_plaintext=true").problems() == "");
    metrics.option(fmt::format("metrics_listen={}", c.listen));
    CHECK((metrics.problems() == "") == c.local);
    CHECK(metrics.option("allow_plaintext=true").problems() == "");
  }
}

TEST_CASE("an address for customers that is not https:// is this machine's, or allowed") {
  struct Case {
    const char* url;
    bool good;
  };
  const Case cases[] = {
      {"https://keys.example.com", true}, {"http://localhost:8484", true},
      {"http://keys.localhost", true},    {"http://127.0.0.1:8484/keys", true},
      {"http://[::1]:8484", true},        {"http://keys.example.com", false},
      {"http://10.0.0.1", false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.url);
    Load load;
    load.option(fmt::format("public_url={}", c.url));
    CHECK((load.problems() == "") == c.good);
    CHECK(load.option("allow_plaintext=true").problems() == "");
  }
}

TEST_CASE("a provider of one's own needs both its address and its format") {
  Load load;
  load.option("provider.groq.global_key=env:X");
  std::string problems = load.problems();
  CHECK(problems.find("set provider.groq.base_url too") != std::string::npos);
  CHECK(problems.find("set provider.groq.format too") != std::string::npos);
}

TEST_CASE("a socket path that the system cannot hold is refused") {
  Load load;
  load.option("listen=unix:/" + std::string(107, 'x'));
  CHECK(load.problems().find("longer than the 107 bytes") != std::string::npos);
  Load longest;
  CHECK(longest.option("listen=unix:/" + std::string(106, 'x')).problems() == "");
}

TEST_CASE("an audit log in a folder that is not there is told of at start") {
  testing::TempFolder folder;
  testing::write_file(folder / "file", "");
  struct Case {
    std::string_view name;
    std::string file;
    std::string_view says;
  };
  const Case cases[] = {
      {"a folder that is there", folder / "audit.log", ""},
      {"none", folder / "none/audit.log", "audit.file: there is no folder"},
      {"below a file", folder / "file/audit.log", "audit.file: "},
      {"the state folder, which is made", "/state/byok/other.log", ""},
      {"the same, written otherwise", "/state/./byok/other.log", ""},
      {"a device", "/dev/full", ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const std::string problems = Load().option("audit.file=" + c.file).problems();
    CHECK(problems.find(c.says) != std::string::npos);
    CHECK(problems.empty() == c.says.empty());
  }
}

}  // namespace
}  // namespace byok::daemon

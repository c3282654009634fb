// Client certificates: who acts for whom, and who is nobody. And byok over TLS.
#include <doctest/doctest.h>

#include "tests/e2e/tls_world.hpp"

using namespace byok::testing;

namespace {

const std::vector<std::string> map = {R"("acme backend"=tenant:acme)", "ops.example.com=operator",
                                      "gone=tenant:gone"};

struct Fixture : TlsWorld {
  Fixture() : TlsWorld({}, map) {}
  Tenant acme = world.make_tenant("acme");
  Tenant other = world.make_tenant("other");

  int status(const Issued& shown, const std::string& target, Headers headers = {}) const {
    ClientTls tls(files.authority);
    tls.show(shown);
    return call(address(tls), {.target = target, .headers = std::move(headers)}).status;
  }
  Finished byok(std::vector<std::string> arguments, Environment more = {}) const {
    Environment environment = clean_environment(files.folder.path().string());
    environment.merge(more);
    arguments.insert(arguments.begin(), program("byok"));
    return run(arguments, environment);
  }
};

}  // namespace

TEST_CASE("a mapped client certificate is its tenant or an operator, and no other is anybody") {
  Fixture f;
  const Issued acme = f.files.client("acme backend");
  const Issued ops = f.files.client("ops.example.com");
  const Header forwarded{"X-Forwarded-For", "192.0.2.1"};
  const Header as_other{"X-Byok-Tenant", "other"};
  const Header others_token{"Authorization", "Bearer " + f.other.token};
  const Header bad_token{"Authorization", "Bearer byok_nonsense"};
  struct Case {
    std::string_view name;
    Issued shown;
    std::string target;
    Headers headers;
    int status;
  };
  const Case cases[] = {
      {"a tenant's own keys", acme, "/ai/providers", {}, 200},
      {"a tenant is no operator", acme, "/admin/tenants", {}, 403},
      {"nor another tenant", acme, "/ai/providers", {as_other}, 403},
      {"a tenant through its own proxy", acme, "/ai/providers", {forwarded}, 200},
      {"an operator", ops, "/admin/tenants", {}, 200},
      {"for a tenant", ops, "/ai/providers", {as_other}, 200},
      {"through a proxy that speaks for anybody", ops, "/admin/tenants", {forwarded}, 401},
      {"another such", ops, "/admin/tenants", {{"Via", "1.1 proxy"}}, 401},
      {"a credential alone decides", ops, "/admin/tenants", {others_token}, 403},
      {"a bad one too", ops, "/admin/tenants", {bad_token}, 401},
      {"a bad one beside a tenant's", acme, "/ai/providers", {bad_token}, 401},
      {"a tenant that is not there", f.files.client("gone"), "/ai/providers", {}, 404},
      {"a name that is not mapped", f.files.client("somebody"), "/ai/providers", {}, 401},
      {"another case of letters", f.files.client("Acme backend"), "/ai/providers", {}, 401},
      {"two names",
       f.files.clients.issue({.common_name = "acme backend",
                              .second_common_name = "ops.example.com",
                              .usage = "clientAuth"}),
       "/ai/providers",
       {},
       401},
      {"anybody may ask for health", f.files.client("somebody"), "/health", {}, 200},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CHECK(f.status(c.shown, c.target, c.headers) == c.status);
  }
  CHECK(call(f.address(), {.target = "/admin/tenants"}).status == 401);
  CHECK(call(f.address(), {.target = "/health"}).status == 200);
  // In the clear and at the Unix socket nothing has changed.
  CHECK(call(f.world.byokd.tcp(), {.target = "/admin/tenants"}).status == 401);
  CHECK(f.world.admin("GET", "/admin/tenants").status == 200);
}

TEST_CASE("a client certificate that does not hold is refused before any request") {
  Fixture f;
  const Authority stranger("byok test clients");
  const Authority between("between", &f.files.clients);
  struct Case {
    std::string_view name;
    Issued shown;
    bool accepted;
  };
  const std::string name = "ops.example.com";
  Issued chained = between.issue({.common_name = name, .usage = "clientAuth"});
  const Issued without_chain = chained;
  chained.certificate += between.pem();
  const Case cases[] = {
      {"expired", f.files.clients.issue({.common_name = name, .usage = "clientAuth", .until = -60}),
       false},
      {"not valid yet",
       f.files.clients.issue({.common_name = name, .usage = "clientAuth", .from = 3600}), false},
      {"of another authority of the same name",
       stranger.issue({.common_name = name, .usage = "clientAuth"}), false},
      {"of the server's authority",
       f.files.authority.issue({.common_name = name, .usage = "clientAuth"}), false},
      {"for servers", f.files.clients.issue({.common_name = name}), false},
      {"without its chain", without_chain, false},
      {"with its chain", chained, true},
  };
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    for (const Case& c : cases) {
      CAPTURE(version);
      CAPTURE(c.name);
      ClientTls tls(f.files.authority);
      tls.show(c.shown).speak(version);
      int status = 0;
      try {
        status = call(f.address(tls), {.target = "/admin/tenants"}).status;
      } catch (const ConnectionLost&) {
        // With TLS 1.2 by the handshake, with 1.3 by what follows it.
      }
      CHECK(status == (c.accepted ? 200 : 0));
    }
  }
  CHECK(f.world.byokd.log().find("tls.client_refused") != std::string::npos);
  CHECK(f.world.byokd.log().find("certificate has expired") != std::string::npos);
}

TEST_CASE("a client is nobody once anything that vouches for it has expired") {
  Fixture f;
  constexpr long seconds = 3;
  const Authority between("between", &f.files.clients, seconds);
  Issued chained = between.issue({.common_name = "ops.example.com", .usage = "clientAuth"});
  chained.certificate += between.pem();
  ClientTls tls(f.files.authority);
  tls.show(chained);
  Connection standing(f.address(tls));
  CHECK(standing.exchange({.target = "/admin/tenants"}).status == 200);
  CHECK(eventually([&] { return standing.exchange({.target = "/admin/tenants"}).status == 401; }));
  CHECK(standing.exchange({.target = "/health"}).status == 200);
}

TEST_CASE("where clients may show certificates no session is resumed") {
  Fixture f;
  ClientTls tls(f.files.authority);
  tls.show(f.files.client("acme backend"));
  SSL_CTX_set_session_cache_mode(tls.context(), SSL_SESS_CACHE_CLIENT);
  Connection first(f.address(tls));
  CHECK(first.exchange({.target = "/ai/providers"}).status == 200);
  byok::Handle<SSL_SESSION, SSL_SESSION_free> session(SSL_get1_session(first.stream().tls()));
  CHECK(SSL_SESSION_has_ticket(session.get()) == 0);
}

TEST_CASE("what a certificate changes stands in the audit log under its name") {
  Fixture f;
  ClientTls tls(f.files.authority);
  tls.show(f.files.client("acme backend"));
  CHECK(call(f.address(tls), {.method = "PUT",
                              .target = "/ai/providers/openai",
                              .headers = {{"Content-Type", "application/json"}},
                              .body = R"({"apiKey":"sk-proj-of-the-backend"})"})
            .status == 200);
  CHECK(read_file(f.world.byokd.state_dir() / "audit.log").find("cert acme backend") !=
        std::string::npos);
}

TEST_CASE("a common name in any script is mapped, whatever its length in bytes") {
  std::string name =
      "B\xc3\xa4"
      "ckend ";
  for (int i = 0; i < 50; ++i) name += "\xe5\x90\x8d";
  TlsWorld f({}, {"\"" + name + "\"=operator"});
  ClientTls tls(f.files.authority);
  tls.show(f.files.client(name));
  CHECK(call(f.address(tls), {.method = "POST",
                              .target = "/admin/tenants",
                              .headers = {{"Content-Type", "application/json"}},
                              .body = R"({"id":"acme"})"})
            .status < 300);
  // Whole, as the log writes what is not ASCII.
  std::string told = R"(cert B\u00e4ckend )";
  for (int i = 0; i < 50; ++i) told += R"(\u540d)";
  CHECK(read_file(f.world.byokd.state_dir() / "audit.log").find(told + "\"") != std::string::npos);
}

TEST_CASE("byok speaks TLS with an authority and a certificate of its own") {
  Fixture f;
  const TempFolder& folder = f.files.folder;
  const Issued ops = f.files.client("ops.example.com");
  const std::string cert = folder.write("ops.pem", ops.certificate);
  const std::string key = folder.write("ops.key", ops.key);
  const std::string both = folder.write("both.pem", ops.certificate + ops.key);
  const std::string expired_file = folder.write("expired.pem", [&] {
    Issued old = f.files.clients.issue(
        {.common_name = "ops.example.com", .usage = "clientAuth", .until = -60});
    return old.certificate + old.key;
  }());
  const std::string rubbish = folder.write("rubbish.pem", "rubbish");
  const std::string addr = f.url();
  struct Case {
    std::string_view name;
    std::vector<std::string> options;
    int code;
    std::string_view says;
  };
  const Case cases[] = {
      {"certificate and key",
       {"--ca-file", f.files.ca, "--client-cert", cert, "--client-key", key},
       0,
       ""},
      {"both in one", {"--ca-file", f.files.ca, "--client-cert", both}, 0, ""},
      {"no certificate", {"--ca-file", f.files.ca}, 4, "UNAUTHORIZED"},
      {"the system's authorities", {"--client-cert", both}, 3, "--ca-file"},
      {"another authority", {"--ca-file", f.files.client_ca}, 3, "not trusted"},
      {"no authority", {"--ca-file", rubbish}, 2, rubbish},
      {"a file that is not there",
       {"--ca-file", f.files.ca, "--client-cert", "/nowhere"},
       2,
       "/nowhere"},
      {"another's key",
       {"--ca-file", f.files.ca, "--client-cert", cert, "--client-key", f.files.key},
       2,
       f.files.key},
      {"a key alone", {"--ca-file", f.files.ca, "--client-key", key}, 2, "--client-cert"},
      {"expired", {"--ca-file", f.files.ca, "--client-cert", expired_file}, 3, "expired"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    std::vector<std::string> arguments{"--addr", addr};
    arguments.insert(arguments.end(), c.options.begin(), c.options.end());
    arguments.insert(arguments.end(), {"tenant", "list"});
    const Finished finished = f.byok(arguments);
    CAPTURE(finished.err);
    CHECK(finished.code == c.code);
    CHECK(finished.err.find(c.says) != std::string::npos);
    CHECK((finished.out.find("acme") != std::string::npos) == (c.code == 0));
  }
  const Finished by_environment =
      f.byok({"tenant", "list"},
             {{"BYOK_ADDR", addr}, {"BYOK_CA_FILE", f.files.ca}, {"BYOK_CLIENT_CERT", both}});
  CHECK(by_environment.code == 0);
  CHECK(by_environment.out.find("acme") != std::string::npos);
  const Finished with_token =
      f.byok({"--addr", addr, "--ca-file", f.files.ca, "list"}, {{"BYOK_TOKEN", f.acme.token}});
  CAPTURE(with_token.err);
  CHECK(with_token.code == 0);
  const Finished useless =
      f.byok({"--addr", "unix:" + f.world.byokd.socket().path, "--ca-file", f.files.ca, "status"});
  CHECK(useless.code == 2);
  CHECK(useless.err.find("--ca-file") != std::string::npos);
}

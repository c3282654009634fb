// The files that settings name, read anew with them: keys, authorities, certificates, and what is
// no file.
#include <doctest/doctest.h>

#include <sys/stat.h>

#include "tests/e2e/audit_lines.hpp"
#include "tests/e2e/reload_world.hpp"
#include "tests/support/wire/certificates.hpp"

using namespace byok::testing;
namespace fs = std::filesystem;

TEST_CASE("a key file is read again, a key from the environment stays") {
  const std::string of_variable = make_key("sk-proj-");
  TempFolder keys;
  const std::string file = keys.write("gemini", make_key("AIza"));
  World world({"provider.gemini.global_key=file:" + file}, {{"OPENAI_API_KEY", of_variable}});
  const Tenant acme = world.make_tenant("acme");
  auto used = [&](std::string_view model) {
    REQUIRE(world.ask(acme.token, "POST", "/ai/chat", chat_body(model, "hi")).status == 200);
    return world.fake.calls().back().key_sha256;
  };
  CHECK(used("gemini-x") == sha256_hex(read_file(file)));
  const std::string next = make_key("AIza");
  replace(file, next);
  // Until it is told to, byokd looks at no file.
  CHECK(used("gemini-x") != sha256_hex(next));
  CHECK(list_in(reload(world), "applied") == Names{"provider.gemini.global_key"});
  CHECK(used("gemini-x") == sha256_hex(next));
  CHECK(used("gpt-x") == sha256_hex(of_variable));
  // Taken over by another provider, it is still known.
  configure(world, "[provider.house]\nbase_url = \"" + world.fake.base_url() +
                       "\"\nformat = \"openai\"\nglobal_key = \"env:OPENAI_API_KEY\"\n");
  CHECK(list_in(reload(world), "applied") == Names{"provider.house"});
  CHECK(used("house/gpt-x") == sha256_hex(of_variable));
}

TEST_CASE("a provider's authorities that were swapped in their file are named") {
  TempFolder files;
  const std::string file = files.write("ca.pem", Authority("one").pem());
  World world({"provider.house.format=openai", "provider.house.base_url=https://127.0.0.1:9",
               "provider.house.ca_file=" + file});
  CHECK(list_in(reload(world), "applied").empty());
  replace(file, Authority("another").pem());
  CHECK(list_in(reload(world), "applied") == Names{"provider.house.ca_file"});
  CHECK(member(last_of(world, "config.reloaded"), "applied") == "provider.house.ca_file");
  CHECK(list_in(reload(world), "applied").empty());
}

TEST_CASE("what is no file is not waited for, and byokd is told to live on") {
  TempFolder files;
  const std::string ca = files.write("ca.pem", Authority("one").pem());
  World world({"provider.house.format=openai", "provider.house.base_url=https://127.0.0.1:9",
               "provider.house.ca_file=" + ca});
  const fs::path config = world.byokd.folder() / "config/byokd.toml";
  configure(world, "");
  for (const fs::path& file : {config, fs::path(ca)}) {
    CAPTURE(file);
    const std::string before = read_file(file);
    fs::remove(file);
    REQUIRE(::mkfifo(file.c_str(), 0600) == 0);
    const Response refused = reload(world);
    CHECK(refused.status == 400);
    const Names errors = list_in(refused, "errors");
    REQUIRE(errors.size() == 1);
    CHECK(errors[0].find(file.native() + " is not a file") != std::string::npos);
    fs::remove(file);
    fs::create_directory(file);
    // Which is nothing of the sandbox's doing.
    CHECK(list_in(reload(world), "errors") == errors);
    fs::remove(file);
    write_file(file, before);
    CHECK(reload(world).status == 200);
  }
}

TEST_CASE("a key file where the sandbox lets byokd read nothing is refused, and why is told") {
  World world;
  TempFolder elsewhere;
  const std::string file = elsewhere.write("key", make_key("AIza"));
  configure(world, "[provider.gemini]\nglobal_key = \"file:" + file + "\"\n");
  const Response answer = reload(world);
  if (times_logged(world, "sandbox.entered") == 0) {
    CHECK(answer.status == 200);
    return;
  }
  CHECK(answer.status == 400);
  const Names errors = list_in(answer, "errors");
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].find("the sandbox lets byokd read") != std::string::npos);
}

TEST_CASE("a reload refuses TLS that the next start would refuse") {
  World world;
  const Authority authority("one");
  const Issued issued = authority.issue(server_subject());
  const fs::path folder = world.byokd.folder() / "config";
  const std::string cert = folder / "cert.pem";
  const std::string key = folder / "key.pem";
  write_file(key, issued.key);
  configure(world, "metrics_listen = \"https://127.0.0.1:0\"\n[tls]\ncert = \"" + cert +
                       "\"\nkey = \"" + key + "\"\n");
  const Response refused = reload(world);
  CHECK(refused.status == 400);
  const Names errors = list_in(refused, "errors");
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].find("tls.cert: cannot open " + cert) != std::string::npos);
  write_file(cert, issued.certificate);
  const Response waits = reload(world);
  CHECK(list_in(waits, "applied").empty());
  CHECK(list_in(waits, "needsRestart") == Names{"metrics_listen"});
}

// Certificate and key as files: what is refused at start, and what takes their place while byokd
// serves.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <ctime>
#include <thread>

#include "tests/e2e/metrics_samples.hpp"
#include "tests/e2e/tls_world.hpp"

using namespace byok::testing;
namespace fs = std::filesystem;

namespace {

// Asks byokd to read its files anew, and waits until it has.
void reload(const Byokd& byokd, std::string_view outcome) {
  auto count = [&] {
    const std::string log = byokd.log();
    std::size_t found = 0;
    for (std::size_t at = 0; (at = log.find(outcome, at)) != log.npos; ++at) ++found;
    return found;
  };
  const std::size_t before = count();
  ::kill(byokd.pid(), SIGHUP);
  CHECK(eventually([&] { return count() > before; }));
}

std::string shown_at(const Address& address) {
  return fingerprint_of(Connection(address).stream().tls());
}

}  // namespace

TEST_CASE("a certificate that cannot be served with is refused, with one line that says why") {
  TlsFiles files;
  TempFolder folder;
  const Issued other = files.authority.issue(server_subject());
  const std::string others_key = folder.write("other.key", other.key);
  const std::string open_key = folder.write("open.key", files.server.key);
  fs::permissions(open_key, fs::perms{0644});
  const std::string rubbish = folder.write("rubbish.pem", "rubbish\n");
  const Issued expired = files.authority.issue({.common_name = "byokd", .until = -60});
  const std::string expired_cert = folder.write("expired.pem", expired.certificate);
  const std::string expired_key = folder.write("expired.key", expired.key);
  const std::string https = R"(listen=["https://127.0.0.1:0"])";
  struct Case {
    std::string_view name;
    std::vector<std::string> settings;
    bool starts;
    std::vector<std::string> says;
  };
  const Case cases[] = {
      {"all well", {https, "tls.cert=" + files.cert, "tls.key=" + files.key}, true, {}},
      {"expired",
       {https, "tls.cert=" + expired_cert, "tls.key=" + expired_key},
       true,
       {"warning", expired_cert, "expired on"}},
      {"no certificate", {https, "tls.key=" + files.key}, false, {"tls.cert"}},
      {"no key", {https, "tls.cert=" + files.cert}, false, {"tls.key"}},
      {"a file that is not there",
       {https, "tls.cert=/nowhere/c.pem", "tls.key=" + files.key},
       false,
       {"tls.cert: cannot open /nowhere/c.pem"}},
      {"another's key",
       {https, "tls.cert=" + files.cert, "tls.key=" + others_key},
       false,
       {"tls.key: " + others_key + " is not the key of the certificate in " + files.cert}},
      {"an open key",
       {https, "tls.cert=" + files.cert, "tls.key=" + open_key},
       false,
       {"tls.key: " + open_key + " has mode 0644", "chmod 600"}},
      {"rubbish",
       {https, "tls.cert=" + rubbish, "tls.key=" + files.key},
       false,
       {"tls.cert: " + rubbish + " holds no certificate"}},
      {"rubbish for clients",
       {https, "tls.cert=" + files.cert, "tls.key=" + files.key, "tls.client_ca=" + rubbish},
       false,
       {"tls.client_ca: " + rubbish}},
      {"nobody to show it to",
       {R"(listen=["http://127.0.0.1:0"])", "tls.cert=" + files.cert},
       false,
       {"https://"}},
      {"a map without an authority",
       {https, "tls.cert=" + files.cert, "tls.key=" + files.key, "tls.client_map.a=operator"},
       false,
       {"tls.client_map", "tls.client_ca"}},
      {"a map to nobody",
       {https, "tls.cert=" + files.cert, "tls.key=" + files.key, "tls.client_ca=" + files.client_ca,
        "tls.client_map.a=acme"},
       false,
       {"tls.client_map.a", "tenant:ID"}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    std::vector<std::string> command{program("byokd"), "-o", "state_dir=" + (folder / "state"),
                                     "-o", "root_key=file:" + (folder / "root.key")};
    for (const std::string& setting : c.settings) command.insert(command.end(), {"-o", setting});
    std::vector<std::string> check = command;
    check.push_back("--check-config");
    const Environment environment = clean_environment(folder.path().string());
    const Finished checked = run(check, environment);
    CAPTURE(checked.err);
    CHECK((checked.code == 0) == c.starts);
    CHECK(std::count(checked.err.begin(), checked.err.end(), '\n') == (c.says.empty() ? 0 : 1));
    for (const std::string& part : c.says) CHECK(checked.err.find(part) != std::string::npos);
    if (c.starts) continue;
    const Finished started = run(command, environment);
    CHECK(started.code > 0);
    for (const std::string& part : c.says) CHECK(started.err.find(part) != std::string::npos);
  }
}

TEST_CASE("a new certificate is shown to new connections, and the others go on") {
  TlsWorld f;
  const std::string old_one = fingerprint_of(f.files.server.certificate);
  Connection standing(f.address());
  CHECK(fingerprint_of(standing.stream().tls()) == old_one);
  CHECK(standing.exchange({.target = "/health"}).status == 200);

  // By renaming, and a chain of another authority: byokd is in its sandbox all the while.
  const Authority between("between", &f.files.authority);
  Issued next = between.issue(server_subject());
  next.certificate += between.pem();
  f.files.replace(f.files.cert, next.certificate);
  f.files.replace(f.files.key, next.key);
  CHECK(shown_at(f.address()) == old_one);
  reload(f.world.byokd, "tls.loaded");
  CHECK(shown_at(f.address()) == fingerprint_of(next.certificate));
  CHECK(standing.exchange({.target = "/health"}).status == 200);

  // What cannot be used is told, and changes nothing.
  f.files.replace(f.files.key, f.files.server.key);
  reload(f.world.byokd, "config.not_reloaded");
  CHECK(shown_at(f.address()) == fingerprint_of(next.certificate));
  CHECK(f.world.byokd.log().find("is not the key of the certificate") != std::string::npos);
  CHECK(standing.exchange({.target = "/health"}).status == 200);
}

TEST_CASE("a client whose authority is no longer trusted is nobody from its next request on") {
  TlsWorld f({}, {"ops=operator"});
  ClientTls tls(f.files.authority);
  tls.show(f.files.client("ops"));
  Connection standing(f.address(tls));
  CHECK(standing.exchange({.target = "/admin/tenants"}).status == 200);
  f.files.replace(f.files.client_ca, Authority("another").pem());
  reload(f.world.byokd, "tls.loaded");
  CHECK(standing.exchange({.target = "/admin/tenants"}).status == 401);
  CHECK(standing.exchange({.target = "/health"}).status == 200);
}

TEST_CASE("a reload names what files hold that is new, though their names are the same") {
  TlsWorld f({}, {"ops=operator"});
  const auto applied = [&] {
    const Response answer = f.world.admin("POST", "/admin/reload");
    CHECK(answer.status == 200);
    return answer.text("applied");
  };
  const Authority between("between", &f.files.authority);
  const Issued next = between.issue(server_subject());
  f.files.replace(f.files.cert, next.certificate + between.pem());
  f.files.replace(f.files.key, next.key);
  CHECK(applied() == R"(["tls.cert"])");
  CHECK(applied() == "[]");
  f.files.replace(f.files.cert, next.certificate);
  CHECK(applied() == R"(["tls.cert"])");
  const std::string others = Authority("another").pem();
  f.files.replace(f.files.client_ca, others);
  CHECK(applied() == R"(["tls.client_ca"])");
  f.files.replace(f.files.client_ca, others + f.files.clients.pem());
  CHECK(applied() == R"(["tls.client_ca"])");
  CHECK(applied() == "[]");
  const std::string log = read_file(f.world.byokd.state_dir() / "audit.log");
  CHECK(log.find(R"("applied":"tls.client_ca")") != std::string::npos);
}

TEST_CASE("when the certificate expires is told, and how many handshakes came to nothing") {
  TlsWorld f({}, {"ops=operator"});
  const std::string expires = "byok_tls_certificate_not_after_seconds";
  const std::string failures = "byok_tls_handshake_failures_total";
  constexpr double day = 24.0 * 60 * 60;
  const double now = static_cast<double>(::time(nullptr));
  CHECK(std::abs(scrape(f.world)[expires] - now - 30 * day) < day / 2);
  const Issued next = f.files.authority.issue(
      {.common_name = "byokd", .alt_names = "IP:127.0.0.1", .until = 60 * 60});
  f.files.replace(f.files.cert, next.certificate);
  f.files.replace(f.files.key, next.key);
  CHECK(f.world.admin("POST", "/admin/reload").status == 200);
  CHECK(std::abs(scrape(f.world)[expires] - now - day / 24) < 5 * 60);

  CHECK(call(f.address(), {.target = "/health"}).status == 200);
  const Address in_clear{f.world.byokd.tls_port(), ""};
  // As a health check does that connects and goes; the refusals behind it tell when it is over.
  { const Connection silent(in_clear); }
  CHECK(call(in_clear, {.target = "/health"}).status == 400);
  ClientTls distrustful(f.files.clients);
  CHECK_THROWS_AS(call(f.address(distrustful), {.target = "/health"}), ConnectionLost);
  CHECK(eventually([&] { return scrape(f.world)[failures] == 2; }));
  // Where there is none there is nothing to tell.
  const World without;
  const Samples samples = scrape(without);
  CHECK(samples.types.contains(expires));
  CHECK_FALSE(samples.values.contains(expires));
}

TEST_CASE("connections by the hundred meet certificates that change all the time") {
  TlsWorld f;
  const Issued other = f.files.authority.issue(server_subject());
  const std::string known[] = {fingerprint_of(f.files.server.certificate),
                               fingerprint_of(other.certificate)};
  std::atomic<bool> stop = false;
  std::thread changing([&] {
    for (int i = 0; !stop; ++i) {
      const Issued& next = i % 2 == 0 ? other : f.files.server;
      f.files.replace(f.files.key, next.key);
      f.files.replace(f.files.cert, next.certificate);
      ::kill(f.world.byokd.pid(), SIGHUP);
    }
  });
  Connection standing(f.address());
  int failed = 0;
  for (int i = 0; i < 200; ++i) {
    Connection connection(f.address());
    const std::string shown = fingerprint_of(connection.stream().tls());
    if (shown != known[0] && shown != known[1]) ++failed;
    if (connection.exchange({.target = "/health"}).status != 200) ++failed;
    if (standing.exchange({.target = "/health"}).status != 200) ++failed;
  }
  stop = true;
  changing.join();
  CHECK(failed == 0);
}

TEST_CASE("whoever is not root is told that no other user's key was read") {
  if (::geteuid() != 0) MESSAGE("skipped: keys of other users");
}

TEST_CASE("a key file that another user could have put there is refused" *
          doctest::skip(::geteuid() != 0)) {
  TlsFiles files;
  REQUIRE(::chown(files.key.c_str(), 12345, 0) == 0);
  const Finished refused =
      run({program("byokd"), "--check-config", "-o", R"(listen=["https://127.0.0.1:0"])", "-o",
           "tls.cert=" + files.cert, "-o", "tls.key=" + files.key},
          clean_environment(files.folder.path().string()));
  CHECK(refused.code == 1);
  CHECK(refused.err.find("belongs to uid 12345") != std::string::npos);
}

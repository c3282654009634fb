// The configuration read anew while byokd serves: all of it or nothing, for the calls that begin
// from then on, while those under way go on with what they began with. The files that settings name
// are in reload_files.cpp.
#include <doctest/doctest.h>

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <atomic>
#include <list>
#include <thread>

#include "tests/e2e/audit_lines.hpp"
#include "tests/e2e/reload_world.hpp"
#include "tests/support/harness/process.hpp"
#include "tests/support/harness/size.hpp"

using namespace byok::testing;
namespace fs = std::filesystem;

TEST_CASE("under running streams SIGHUP breaks none, and the next calls use what is new") {
  const int streams = 200;
  World world;
  const Tenant acme = world.make_tenant("acme");
  world.put_key(acme, "openai", make_key("sk-proj-"));
  CHECK(world.ask(acme.token, "POST", "/ai/chat", chat_body("house-1", "hi")).status == 400);
  CHECK(world.ask(acme.token, "POST", "/ai/chat", chat_body("claude-x", "hi")).status == 422);

  std::list<Connection> running;
  for (int i = 0; i < streams; ++i) {
    Connection& stream = running.emplace_back(world.byokd.tcp());
    stream.send({.method = "POST",
                 .target = "/v1/chat/completions",
                 .headers = bearer(acme.token),
                 .body = chat_body("gpt-sse-40-100", "hi", true)});
    REQUIRE(stream.read_head().status == 200);
  }
  const std::string key = make_key("sk-ant-");
  const fs::path key_file = world.byokd.folder() / "config/anthropic.key";
  write_file(key_file, key + "\n");
  configure(world,
            "[models]\n\"house-*\" = \"openai\"\n[provider.anthropic]\nglobal_key = \"file:" +
                key_file.string() + "\"\n");
  const std::int64_t begun = monotonic_us();
  hang_up(world);
  const std::int64_t took = monotonic_us() - begun;
  CHECK(world.ask(acme.token, "POST", "/ai/chat", chat_body("house-1", "hi")).status == 200);
  const Response global = world.ask(acme.token, "POST", "/ai/chat", chat_body("claude-x", "hi"));
  CHECK(global.text("keySource") == "global");
  CHECK(world.fake.calls().back().key_sha256 == sha256_hex(key));
  const std::size_t under_way = world.fake.stats().at("inFlight").as_array().size();
  CHECK(under_way == streams);

  int whole = 0;
  for (Connection& stream : running) {
    std::string text;
    try {
      while (auto piece = stream.read_piece()) text += piece->bytes;
    } catch (const ConnectionLost&) {
    }
    whole += text.find("[DONE]") != text.npos;
  }
  CHECK(whole == streams);
  MESSAGE(under_way, " streams under way at the reload, ", streams - whole, " broken; in force ",
          took / 1000, " ms after the signal");
}

TEST_CASE("a reload answers what was applied and what needs a restart, and tells the audit log") {
  World world;
  configure(world,
            "map_size = \"1GiB\"\n[limits]\nmax_body = \"1KiB\"\n[log]\nlevel = \"debug\"\n");
  const Response answer = reload(world);
  CHECK(answer.status == 200);
  CHECK(list_in(answer, "applied") == Names{"limits.max_body", "log.level"});
  CHECK(list_in(answer, "needsRestart") == Names{"map_size"});
  const std::string line = last_of(world, "config.reloaded");
  CHECK(member(line, "applied") == "limits.max_body, log.level");
  CHECK(member(line, "needsRestart") == "map_size");
  CHECK(member(line, "who").starts_with("uid "));
  CHECK(member(line, "from") == "unix");

  const Finished again = run_byok(world, {"reload"});
  CHECK(again.code == 0);
  CHECK(again.err ==
        "reloaded: no setting has changed\nas before until byokd is restarted: map_size\n");
  hang_up(world);
  CHECK(member(last_of(world, "config.reloaded"), "who") == "SIGHUP");
  CHECK(run_byok(world, {"audit", "verify"}).code == 0);

  const Tenant acme = world.make_tenant("acme");
  CHECK(world.ask(acme.token, "POST", "/admin/reload").status == 403);
  CHECK(world.ask("", "POST", "/admin/reload").status == 401);
  CHECK(world.admin("GET", "/admin/reload").header("allow") == "POST");
}

TEST_CASE(
    "of a configuration with something wrong nothing is taken, and all that is wrong is told") {
  World world;
  const Tenant acme = world.make_tenant("acme");
  world.put_key(acme, "openai", make_key("sk-proj-"));
  configure(world, "[models]\n\"house-*\" = \"openai\"\n");
  REQUIRE(reload(world).status == 200);

  const fs::path missing = world.byokd.folder() / "config/nowhere";
  configure(world,
            "lisen = 1\n[models]\n\"other-*\" = \"openai\"\n[limits]\nmax_body = \"much\"\n"
            "[provider.gemini]\nglobal_key = \"file:" +
                missing.string() + "\"\n");
  auto holds = [&] {
    CHECK(world.ask(acme.token, "POST", "/ai/chat", chat_body("house-1", "hi")).status == 200);
    CHECK(world.ask(acme.token, "POST", "/ai/chat", chat_body("other-1", "hi")).status == 400);
  };
  const Response refused = reload(world);
  CHECK(refused.status == 400);
  CHECK(refused.text("error") == "BAD_REQUEST");
  const Names errors = list_in(refused, "errors");
  REQUIRE(errors.size() == 3);
  CHECK(errors[0].ends_with("byokd.toml:1: there is no setting lisen: did you mean listen?"));
  CHECK(errors[1].find("byokd.toml:5: limits.max_body wants a size") != std::string::npos);
  CHECK(errors[2].find("byokd.toml:7: provider.gemini.global_key: ") != std::string::npos);
  holds();

  const Finished told = run_byok(world, {"reload"});
  CHECK(told.code == 1);
  CHECK(told.err.find("what was in force still is") != std::string::npos);
  CHECK(told.err.find("did you mean listen?") != std::string::npos);
  hang_up(world, "config.not_reloaded");
  holds();

  fs::remove(world.byokd.folder() / "config/byokd.toml");
  CHECK(list_in(reload(world), "errors")[0].find("the file is gone") != std::string::npos);
  holds();
  configure(world, "[models\n");
  CHECK(reload(world).status == 400);
  holds();
  // None of these was a change.
  CHECK(count_of(lines_of(world), "config.reloaded") == 1);
}

TEST_CASE("`byokd --check-config` tells all that is wrong at once, and where") {
  World world;
  configure(world,
            "lisen = 1\n[provider.gemini]\nglobal_key = \"file:/nowhere\"\n"
            "[provider.groq]\nformat = \"openai\"\n");
  std::vector<std::string> command = world.byokd.command({"workers=none"});
  command.emplace_back("--check-config");
  const Finished checked = run(command, world.byokd.environment());
  CHECK(checked.code == 1);
  for (const char* told :
       {"byokd.toml:1: there is no setting lisen: did you mean listen?",
        "-o workers: workers wants a whole number", "byokd.toml:3: provider.gemini.global_key: ",
        "byokd.toml:5: provider.groq: set provider.groq.base_url too"}) {
    CAPTURE(told);
    CHECK(checked.err.find(told) != std::string::npos);
  }
  CHECK(std::ranges::count(checked.err, '\n') == 4);
  configure(world, "[limits]\nmax_body = \"1KiB\"\nmax_connections = 1000000000\n");
  command = world.byokd.command();
  command.emplace_back("--check-config");
  const Finished warned = run(command, world.byokd.environment());
  CHECK(warned.code == 0);
  CHECK(warned.err.starts_with("byokd: warning: limits.max_connections is 1000000000, but only "));
}

TEST_CASE("reloads that are asked for at once happen one after the other") {
  World world;
  std::vector<std::thread> askers;
  std::atomic<int> good = 0;
  const int times = 12;
  for (int i = 0; i < times; ++i) {
    askers.emplace_back([&world, &good] { good += reload(world).status == 200; });
    ::kill(world.byokd.pid(), SIGHUP);
  }
  for (std::thread& asker : askers) asker.join();
  CHECK(good == times);
  CHECK(world.admin("GET", "/ready").status == 200);
  CHECK(run_byok(world, {"audit", "verify"}).code == 0);
}

TEST_CASE(
    "calls go to where the provider is now, on a kept connection too, and by the new limits") {
  FakeProvider second;
  World world;
  auto provider_at = [&](const FakeProvider& fake, std::string_view more) {
    configure(world, "[provider.house]\nformat = \"openai\"\nbase_url = \"" + fake.base_url() +
                         "\"\n" + std::string(more));
  };
  provider_at(world.fake, "");
  REQUIRE(reload(world).status == 200);
  const Tenant acme = world.make_tenant("acme");
  world.put_key(acme, "house", make_key("sk-"));
  Connection kept(world.byokd.tcp());
  auto ask = [&](const std::string& text) {
    return kept
        .exchange({.method = "POST",
                   .target = "/ai/chat",
                   .headers = bearer(acme.token),
                   .body = chat_body("house/gpt-x", text)})
        .status;
  };
  const std::string large(2000, 'x');
  CHECK(ask(large) == 200);
  world.fake.forget_calls();
  provider_at(second, "[limits]\nmax_body = \"1KiB\"\n");
  CHECK(list_in(reload(world), "applied") == Names{"limits.max_body", "provider.house.base_url"});
  CHECK(ask("hi") == 200);
  CHECK(world.fake.calls().empty());
  CHECK(second.calls().size() == 1);
  CHECK(ask(large) == 413);

  configure(world, "");
  CHECK(list_in(reload(world), "applied") == Names{"limits.max_body", "provider.house"});
  CHECK(world.ask(acme.token, "POST", "/ai/chat", chat_body("house/gpt-x", "hi")).status == 400);
}

TEST_CASE("a tenant's limits change with the next request") {
  World world;
  const Tenant acme = world.make_tenant("acme");
  configure(world, "[limits]\ntenant_rps = 1\n");
  REQUIRE(reload(world).status == 200);
  auto ask = [&] { return world.ask(acme.token, "GET", "/ai/providers").status; };
  CHECK(ask() == 200);
  CHECK(ask() == 429);
  configure(world, "");
  REQUIRE(reload(world).status == 200);
  CHECK(ask() == 200);
  CHECK(ask() == 200);
}

TEST_CASE("where the audit log cannot be written nothing is reloaded") {
  World world;
  fs::remove(log_of(world));
  fs::create_directory(log_of(world));
  configure(world, "[models]\n\"house-*\" = \"openai\"\n");
  const Response refused = reload(world);
  CHECK(refused.status == 503);
  CHECK(refused.text("error") == "AUDIT_UNAVAILABLE");
  CHECK(world.admin("POST", "/ai/chat", chat_body("house-1", "hi")).text("error") ==
        "UNKNOWN_MODEL");
}

TEST_CASE("the service manager is told when a reload begins and when it ends") {
  TempFolder folder;
  const std::string path = folder / "notify";
  Fd manager(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  REQUIRE(::bind(manager.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  auto next = [&manager] {
    char text[256];
    const ssize_t size = ::recv(manager.get(), text, sizeof text, 0);
    return std::string(text, size > 0 ? static_cast<std::size_t>(size) : 0);
  };
  World world({}, {{"NOTIFY_SOCKET", path}});
  CHECK(next() == "READY=1");
  const std::int64_t before = monotonic_us();
  hang_up(world);
  const std::string begun = next();
  const std::string start = "RELOADING=1\nMONOTONIC_USEC=";
  REQUIRE(begun.starts_with(start));
  const std::int64_t at = std::stoll(begun.substr(start.size()));
  CHECK(at >= before);
  CHECK(at <= monotonic_us());
  CHECK(next() == "READY=1");
  CHECK(world.byokd.stop() == 0);
  CHECK(next() == "STOPPING=1");
}

TEST_CASE("SIGHUP while byokd starts or drains does no harm") {
  World world;
  const Tenant acme = world.make_tenant("acme");
  world.put_key(acme, "openai", make_key("sk-proj-"));
  world.byokd.stop();
  {
    Process starting(world.byokd.command(), world.byokd.environment());
    auto holds_it_back = [&] {
      const std::string status = read_file("/proc/" + std::to_string(starting.pid()) + "/status");
      const std::string name = "SigBlk:\t";
      const std::size_t at = status.find(name);
      return at != status.npos && (std::stoull(status.substr(at + name.size()), nullptr, 16) & 1);
    };
    REQUIRE(eventually(holds_it_back, patience));
    const std::string ready = "byokd: listening on http";
    do {
      starting.signal(SIGHUP);
    } while (!starting.wait_for_line(ready, std::chrono::milliseconds(1)) && !starting.wait({}));
    CHECK(starting.wait_for_line("config.reloaded").has_value());
    starting.signal(SIGTERM);
    CHECK(starting.wait() == 0);
  }
  world.byokd.start();
  Connection stream(world.byokd.tcp());
  stream.send({.method = "POST",
               .target = "/v1/chat/completions",
               .headers = bearer(acme.token),
               .body = chat_body("gpt-sse-20-100", "hi", true)});
  CHECK(stream.read_head().status == 200);
  ::kill(world.byokd.pid(), SIGTERM);
  REQUIRE(eventually([&] { return times_logged(world, "draining") > 1; }, patience));
  hang_up(world, "config.not_reloaded");
  std::string text;
  while (auto piece = stream.read_piece()) text += piece->bytes;
  CHECK(text.find("[DONE]") != text.npos);
  CHECK(world.byokd.stop() == 0);
}

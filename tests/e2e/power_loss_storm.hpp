// A byokd on a disk that is recorded, and a storm of changes.
#pragma once

#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <limits>
#include <random>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/e2e/power_loss_notes.hpp"
#include "tests/support/harness/disk.hpp"
#include "tests/support/harness/world.hpp"

namespace byok::testing {

inline const std::string openai = "/ai/providers/openai";

// A byokd that has been recorded since before its first start, and what it was asked.
struct Recorded {
  Disk disk;
  World world{{}, (disk.record(), disk.environment())};
  std::atomic<int> answered{0};
  std::atomic<bool> killed{false};

  void ask(const std::string& tenant, const KeyDigest& digest) {
    disk.note("ask " + tenant + " " + digest);
  }
  void done(const std::string& tenant) {
    disk.note("done " + tenant);
    ++answered;
  }
  void token(const std::string& text) { disk.note("token " + sha256_hex(text)); }

  Tenant make_tenant(const std::string& id) {
    Tenant tenant = world.make_tenant(id);
    token(tenant.token);
    token(tenant.chat_token);
    return tenant;
  }
};

inline std::string key_body(const std::string& key) { return "{\"apiKey\":\"" + key + "\"}"; }

// Sets, rotates, replaces and deletes one tenant's key until byokd is gone, or `enough`.
inline void write_keys(Recorded& site, const Tenant& tenant, KeyDigest& held, std::mt19937 random,
                       int enough) {
  try {
    Connection connection(site.world.byokd.tcp());
    while (site.answered < enough) {
      const std::string key = make_key("sk-proj-");
      KeyDigest next = sha256_hex(key);
      Request request{"PUT", openai, bearer(tenant.token), key_body(key)};
      const unsigned what = held == no_key ? 0 : static_cast<unsigned>(random() % 4);
      if (what == 1 || what == 2) request = {"POST", openai + "/rotate", request.headers, {}};
      if (what == 1) request.body = key_body(key);
      if (what == 2) next = held;
      if (what == 3) {
        request = {"DELETE", openai, request.headers, {}};
        next = no_key;
      }
      site.ask(tenant.id, next);
      const Response answer = connection.exchange(request);
      if (answer.status != 200) throw std::runtime_error(answer.body);
      site.done(tenant.id);
      held = next;
    }
  } catch (const ConnectionLost&) {
  }
}

// Imports a few tenants at a time until byokd is gone, or `enough`.
inline void import(Recorded& site, int& names, int enough) {
  constexpr int lines_at_once = 5;
  try {
    Connection connection(site.world.byokd.socket());
    while (site.answered < enough) {
      Request request{"POST", "/admin/import", {{"Content-Type", "application/x-ndjson"}}, {}};
      for (int i = 0; i < lines_at_once; ++i) {
        const std::string tenant = "imported-" + std::to_string(names++);
        const std::string key = make_key("sk-");
        site.ask(tenant, sha256_hex(key));
        request.body += R"({"tenant":")" + tenant + R"(","provider":"openai","apiKey":")" + key +
                        R"(","token":{"name":"widget"}})" + "\n";
      }
      std::istringstream lines(connection.exchange(request).body);
      for (std::string text; std::getline(lines, text);) {
        const Response line{.body = text};
        if (line.text("ok") != "true") throw std::runtime_error(text);
        site.done(line.text("tenant"));
        site.token(line.text("token"));
      }
    }
  } catch (const ConnectionLost&) {
  }
}

inline void compact(Recorded& site, int enough) {
  try {
    Connection connection(site.world.byokd.socket());
    while (site.answered < enough) {
      const Response answer = connection.exchange({"POST", "/admin/compact", {}, {}});
      if (answer.status != 200) throw std::runtime_error(answer.body);
      // So that others' writes come in between.
      const int before = site.answered;
      eventually(
          [&] { return site.killed || site.answered > before + 8 || site.answered >= enough; });
    }
  } catch (const ConnectionLost&) {
  }
}

struct Storm {
  std::vector<Tenant> tenants;
  std::vector<KeyDigest> held;
  int imported = 0;
  std::mt19937 random;

  // As many answers as that, and then the end of byokd in the midst of it, or not.
  void rage(Recorded& site, int writes, bool kill) {
    const int enough = site.answered + writes;
    const int until = kill ? std::numeric_limits<int>::max() : enough;
    std::vector<std::future<void>> threads;
    const auto run = [&](auto work) { threads.push_back(std::async(std::launch::async, work)); };
    for (std::size_t i = 0; i < tenants.size(); ++i) {
      run([&, i, start = std::mt19937(random())] {
        write_keys(site, tenants[i], held[i], start, until);
      });
    }
    run([&] { import(site, imported, until); });
    run([&] { compact(site, until); });
    if (kill) {
      CHECK(eventually([&] { return site.answered >= enough; }, patience));
      site.disk.halt();
      site.world.byokd.kill();
      site.disk.go_on();
      site.killed = true;
    }
    for (auto& thread : threads) thread.get();
    if (!kill) return;
    site.killed = false;
    site.world.byokd.start();
    // What was under way may have happened or not.
    for (std::size_t i = 0; i < tenants.size(); ++i) {
      const std::string key = make_key("sk-proj-");
      held[i] = sha256_hex(key);
      site.ask(tenants[i].id, held[i]);
      site.world.put_key(tenants[i], "openai", key);
      site.done(tenants[i].id);
    }
  }
};

// Takes a backup, goes on, and puts the backup in place.
inline void restore_a_backup(Recorded& site, Storm& storm, int writes) {
  Byokd& byokd = site.world.byokd;
  const std::vector<KeyDigest> held = storm.held;
  const Response backup = site.world.admin("GET", "/admin/backup");
  REQUIRE(backup.status == 200);
  site.disk.note("backup");
  TempFolder elsewhere;
  const std::string file = elsewhere.write("backup", backup.body);
  storm.rage(site, writes, false);
  REQUIRE(byokd.stop() == 0);
  site.disk.note("restoring");
  std::vector<std::string> command = byokd.command();
  command.insert(command.end(), {"--restore", file});
  Process restoring(command, byokd.environment(), byokd.folder().string());
  const auto code = restoring.wait();
  CAPTURE(restoring.err());
  REQUIRE(code == 0);
  site.disk.note("restored");
  storm.held = held;
  byokd.start();
}

}  // namespace byok::testing

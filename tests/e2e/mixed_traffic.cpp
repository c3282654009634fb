// Half an hour of everything at once: tenants call, keys change, operators work, and every second a
// client and a provider misbehave. Each answer is right, nothing gets stuck, and byokd is at the
// end what it was at the beginning. BYOK_SOAK_SECONDS chooses another length.
#include <doctest/doctest.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdlib>

#include "tests/e2e/soak/gauges.hpp"
#include "tests/e2e/soak/stage.hpp"
#include "tests/support/harness/size.hpp"

using namespace byok::testing;
using namespace byok::testing::soak;

namespace {

constexpr int customer_count = 6;
// As many as are busy with a fault at a time, since some last for seconds.
constexpr int fault_threads = 8;
constexpr std::uint64_t enough_wrong = 100;

// What the memory of the last quarter may have more than the one before. The heap keeps up to 4 MiB
// that are free, and a short run ends before it has settled.
long most_growth(long kib) {
  constexpr int percent = 5;
  return std::max<long>(sized(8, 2) * 1024, kib * percent / 100);
}

milliseconds length() {
  const char* text = std::getenv("BYOK_SOAK_SECONDS");
  // Every kind of fault has to have its turn.
  const int usual = sanitized ? 30 : 10;
  return std::chrono::seconds(text != nullptr ? std::atoi(text) : sized(usual, 30 * 60));
}

Limits limits() {
  using Seconds = std::chrono::seconds;
  if (sanitized) return {Seconds(4), Seconds(6), Seconds(6)};
  if (full_size()) return {};
  return {Seconds(2), Seconds(3), Seconds(3)};
}

std::vector<std::string> settings(const RefusingPort& away) {
  std::vector<std::string> out = limits().settings();
  out.push_back("provider.away.base_url=http://127.0.0.1:" + std::to_string(away.number()));
  out.push_back("provider.away.format=openai");
  return out;
}

std::string in_mib(long kib) {
  return std::to_string(kib / 1024) + "." + std::to_string(kib % 1024 * 10 / 1024);
}

struct Fixture {
  RefusingPort away;
  World world{settings(away)};
  const Held before = held_by(world.byokd);
  Run run{length()};
  Stage stage{world, run, limits()};
  Score score;
  Samples memory;

  // Until the run is over, or too much is wrong for it to go on.
  void watch() {
    const milliseconds each(sized(100, 1'000));
    try {
      while (run.wait(each)) {
        memory.add(own_memory(world.byokd));
        world.fake.forget_calls();
        if (score.all_wrong() > enough_wrong) run.stop();
      }
    } catch (const std::exception&) {
      run.stop();
      tell_end();
      throw;
    }
  }
  // Of a byokd that is gone.
  void tell_end() {
    constexpr std::size_t enough = 2000;
    const std::string log = world.byokd.log();
    const auto code = world.byokd.ended();
    MESSAGE("byokd ended with " << (code ? std::to_string(*code) : "nothing: it runs") << ": "
                                << log.substr(log.size() - std::min(log.size(), enough)));
  }
  // What a team did is told, and that it left nothing out.
  void tell(const std::string& name, const Team& team) {
    MESSAGE(name << ": " << team.times() << ", the longest " << team.longest_us() / 1'000
                 << " ms: " << team.figures());
    CHECK(team.missing() == "");
    CHECK(team.longest_us() < std::chrono::microseconds(deadline).count());
  }
  // The calls that the provider still serves.
  std::string in_flight() const {
    std::string out;
    const boost::json::object stats = world.fake.stats();
    for (const boost::json::value& flow : stats.at("inFlight").as_array()) {
      if (flow.at("target") != boost::json::value(unread_upload))
        out += boost::json::serialize(flow);
    }
    return out;
  }
  bool idle() const { return in_flight() == "" && held_by(world.byokd) == before; }

  void check_answers(const Team& probing) {
    MESSAGE(score.all_wrong() << " wrong answers; " << probing.times()
                              << " chats every 100 ms, the slowest " << probing.longest_us() / 1'000
                              << " ms");
    CAPTURE(score.first_wrong());
    CHECK(score.all_wrong() == 0);
  }
  // Once all clients have left. `busy` is what it held before.
  void check_held(const Held& busy) {
    CHECK(eventually([this] { return idle(); }, patience));
    const Held after = held_by(world.byokd);
    const auto shown = [](const Held& held) { return held.descriptors.value_or(-1); };
    CHECK(in_flight() == "");
    CHECK(after.threads == before.threads);
    CHECK(shown(after) == shown(before));
    if (!after.descriptors) MESSAGE("skipped: byokd's descriptors, which root alone can count");
    MESSAGE("descriptors: " << shown(before) << " at the beginning, " << shown(busy)
                            << " in the middle, " << shown(after) << " at the end; threads: "
                            << before.threads << ", " << busy.threads << ", " << after.threads);
  }
  void check_memory() {
    const long third = memory.quarter(2);
    const long last = memory.quarter(3);
    MESSAGE("memory of its own, MiB, at 25, 50, 75 and 100 %: "
            << in_mib(memory.at(25)) << ", " << in_mib(memory.at(50)) << ", "
            << in_mib(memory.at(75)) << ", " << in_mib(memory.at(100))
            << "; median of the third quarter " << in_mib(third) << ", of the last "
            << in_mib(last));
    if (!sanitized) CHECK(last - third <= most_growth(third));
  }
  void check_state() {
    CHECK(world.admin("POST", "/admin/compact").status == 200);
    CHECK(world.admin("GET", "/admin/audit/verify").text("ok") == "true");
    const Response doctor = world.admin("GET", "/admin/doctor");
    CAPTURE(doctor.body);
    CHECK(doctor.text("ok") == "true");
    CHECK(doctor.text("problemCount") == "0");
    CHECK(errors_in(world.byokd.log()) == "");
    CHECK(world.byokd.stop() == 0);
  }
};

}  // namespace

TEST_CASE("half an hour of mixed traffic with faults on both sides leaves byokd as it was") {
  Fixture f;
  f.stage.add_customers(customer_count);
  const Address tcp = f.world.byokd.tcp();
  const Address local = f.world.byokd.socket();
  const std::vector<Address> both{tcp, local};
  // One begins each second, and as the usual size is short, more often there.
  const milliseconds fault_pace = fault_threads * milliseconds(sized(250, 1'000));
  const int callers = sanitized ? 3 : 6;

  Team calling(calls(f.stage), callers, milliseconds(10), both, f.run, f.score);
  Team probing(probe(f.stage), 1, milliseconds(100), {tcp}, f.run, f.score);
  Team changing(key_changes(f.stage), 2, milliseconds(100), both, f.run, f.score);
  Team operating(operators_work(f.stage), 2, milliseconds(100), {local}, f.run, f.score);
  Team keeping(upkeep(f.stage), 1, milliseconds(sized(500, 2'000)), {local}, f.run, f.score);
  Team leaving(client_faults(f.stage), fault_threads, fault_pace, both, f.run, f.score);
  Team failing(upstream_faults(f.stage), fault_threads, fault_pace, {tcp}, f.run, f.score);
  f.watch();
  const Held busy = held_by(f.world.byokd);
  for (Team* team : {&calling, &probing, &changing, &operating, &keeping, &leaving, &failing}) {
    team->join();
  }

  f.tell("calls", calling);
  f.tell("changes of keys", changing);
  f.tell("operators' work", operating);
  f.tell("upkeep", keeping);
  f.tell("clients' faults", leaving);
  f.tell("providers' faults", failing);
  f.check_answers(probing);
  f.check_held(busy);
  f.check_memory();
  f.check_state();
}

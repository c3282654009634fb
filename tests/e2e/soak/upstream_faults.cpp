// Providers that are away, slow, rude or wrong, each in the middle of everybody else's traffic:
// what is done to one tenant's call is that one's alone, and its next call is fine.
#include "common/encoding.hpp"
#include "tests/e2e/soak/stage.hpp"

namespace byok::testing::soak {
namespace {

enum Surface : std::size_t { passed, own, translated };
constexpr std::size_t surface_count = 3;

struct Path {
  std::string target;
  std::string model;
  Provider provider;
};
const Path paths[surface_count] = {{"/v1/chat/completions", "gpt-whoami", openai},
                                   {"/ai/chat", "gpt-whoami", openai},
                                   {"/v1/chat/completions", "claude-whoami", anthropic}};

// The statuses on each surface that are right; `broken` where the client must see its connection
// break off.
constexpr int broken = 0;
using Statuses = std::array<int, surface_count>;

struct Fault {
  std::string name;
  std::string members;  // of the provider's behaviour
  Statuses statuses;
};

std::string raw(const std::string& bytes) { return R"("raw_base64":")" + to_base64(bytes) + "\""; }

std::vector<Fault> faults() {
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
  const std::string whole = head + "Content-Length: 2\r\n\r\n{}";
  const Statuses wrong{502, 502, 502};
  const Statuses late{504, 504, 504};
  return {
      {"resets at once", R"("reset":true)", wrong},
      {"closes at once", R"("close":true)", wrong},
      {"resets in the header", R"("reset_after_bytes":20)", wrong},
      {"closes in the header", R"("close_after_bytes":20)", wrong},
      {"never answers", R"("stall":true)", late},
      {"stops in the header", R"("stall_after_bytes":20)", late},
      {"answers garbage", raw("\x16\x03\x01 hello\r\n\r\n"), wrong},
      {"two lengths", raw(head + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"), wrong},
      {"shorter than it says", raw(head + "Content-Length: 100\r\n\r\n{}"), {broken, 502, 502}},
      {"longer than it says", raw(whole + whole), {200, 502, 502}},
      {"longer than it says, and stays",
       raw(whole + whole) + R"(,"stall_after_bytes":)" + std::to_string(2 * whole.size()),
       {200, 502, 502}},
      {"too many calls",
       R"("status":429,"headers":{"retry-after":"7"},"body":{"error":{"message":"slow down"}})",
       {429, 429, 429}},
      {"breaks inside", R"("status":500,"body":{"error":{"message":"oops"}})", {500, 502, 502}},
      {"an error page", R"("status":503,"body":"<html>oops</html>")", {503, 503, 503}},
      {"refuses the key",
       R"("status":401,"body":{"error":{"message":"no such key"}})",
       {401, 422, 401}},
  };
}

// The status, or `broken`.
int status_of(const Guest& guest, const std::string& target, const std::string& body,
              Response& response) {
  try {
    response = guest.ask(target, body);
    return response.status;
  } catch (const ConnectionLost& lost) {
    response.first_line = lost.what();
    return broken;
  }
}

void expect_fine(const Guest& guest, const Path& path) {
  const Response response = guest.ask(path.target, chat_body(path.model, "hi"));
  expect(response, 200, "the next call");
  expect(names(response, guest.digest(path.provider)), response, "made with another key");
}

// What the provider does to each of that guest's calls alone, until it is forgotten: byokd sends
// some a second time.
class Script {
 public:
  Script(const World& world, const Guest& guest, Provider provider, const std::string& members)
      : world_(world), key_(guest.digest(provider)) {
    world.fake.script("[{" + members + R"(,"times":99,"key_sha256":")" + key_ + "\"}]");
  }
  void forget() const { world_.fake.forget_script(key_); }

 private:
  const World& world_;
  KeyDigest key_;
};

void fail(const Fault& fault, Stage& stage, Hand& hand) {
  const std::size_t surface = hand.pick(surface_count);
  const Path& path = paths[surface];
  const Guest guest(stage.world);
  const Script script(stage.world, guest, path.provider, fault.members);
  Response response;
  const int status = status_of(guest, path.target, chat_body(path.model, "hi"), response);
  script.forget();
  expect(status == fault.statuses[surface], response,
         path.target + " " + path.model + " gave " + std::to_string(status));
  expect_fine(guest, path);
}

// Passed through, the client sees it break off; where byokd writes it, its last event says so.
void break_stream(const std::string& members, Stage& stage, Hand& hand) {
  const std::size_t surface = hand.pick(surface_count);
  const Path& path = paths[surface];
  const Guest guest(stage.world);
  const Script script(stage.world, guest, path.provider, members);
  const std::string body = chat_body(path.model.substr(0, path.model.find('-')) + "-4o",
                                     "one two three four five six seven", true);
  Response response;
  const int status = status_of(guest, path.target, body, response);
  script.forget();
  if (surface == passed) {
    expect(status == broken, response, "a broken stream is whole");
  } else {
    const std::vector<std::string> events = events_of(response.body);
    expect(status == 200 && !events.empty() && events.back().find("\"error\"") != std::string::npos,
           response, "a broken stream does not say so");
  }
  expect_fine(guest, path);
}

void answer_slowly(Stage& stage, Hand& hand) {
  const Path& path = paths[hand.pick(surface_count)];
  const Guest guest(stage.world);
  const Script script(stage.world, guest, path.provider, R"("delay_ms":700)");
  expect_fine(guest, path);
  script.forget();
}

void stream_slowly(Stage& stage, Hand& hand) {
  const Path& path = paths[hand.pick(surface_count)];
  const Guest guest(stage.world);
  const Script script(stage.world, guest, path.provider, R"("chunks":6,"gap_ms":150)");
  const Response response = guest.ask(path.target, chat_body(path.model, "hi", true));
  expect(response, 200, "a slow stream");
  expect(response.body.find("\"error\"") == std::string::npos, response, "a slow stream");
  script.forget();
  expect_fine(guest, path);
}

// An answer before the body was read, or none at all.
void stop_reading(Stage& stage, Hand& hand) {
  const bool answers = hand.pick(2) == 0;
  const Guest guest(stage.world);
  const Script script(
      stage.world, guest, openai,
      answers ? R"("stop_reading":true,"status":413,"body":{"error":{"message":"too large"}})"
              : R"("stop_reading":true)");
  Response response;
  const std::string large(8'000'000, 'x');
  const int status = status_of(guest, unread_upload, large, response);
  script.forget();
  expect(status == (answers ? 413 : 504), response, "an upload that is not read");
  expect_fine(guest, paths[passed]);
}

void refuse_connections(Stage& stage, Hand&) {
  const Guest guest(stage.world);
  stage.world.put_key(guest.tenant(), "away", make_key("sk-away-"));
  expect(guest.ask("/away/v1/chat/completions", chat_body("gpt-4o", "hi")), 502, "passed through");
  const Response response = guest.ask("/ai/chat", chat_body("away/gpt-4o", "hi"));
  expect(response.text("error") == "PROVIDER_UNREACHABLE", response, "/ai/chat");
}

void close_kept(Stage& stage, Hand&) { stage.closings.close(stage.world.fake); }

}  // namespace

std::vector<Kind> upstream_faults(Stage& stage) {
  std::vector<Kind> kinds;
  const auto add = [&](const std::string& name, auto act) {
    kinds.push_back({"provider: " + name, [act, &stage](Hand& hand) { act(stage, hand); }});
  };
  for (const Fault& fault : faults()) {
    add(fault.name, [fault](Stage& in, Hand& hand) { fail(fault, in, hand); });
  }
  for (const std::string way : {"reset", "close", "stall"}) {
    add("a stream, " + way, [members = "\"" + way + "_after_bytes\":700"](Stage& in, Hand& hand) {
      break_stream(members, in, hand);
    });
  }
  add("answers slowly", answer_slowly);
  add("streams slowly", stream_slowly);
  add("stops reading", stop_reading);
  add("refuses connections", refuse_connections);
  add("closes what was kept", close_kept);
  return kinds;
}

}  // namespace byok::testing::soak

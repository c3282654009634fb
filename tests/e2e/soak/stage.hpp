// What the soak's traffic is about: the tenants, the keys that each of them may be called with at a
// time, and the limits in time that byokd was given.
#pragma once

#include <array>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "tests/e2e/soak/run.hpp"
#include "tests/support/harness/world.hpp"

namespace byok::testing::soak {

struct ProviderName {
  std::string name;
  std::string key_prefix;
};
enum Provider : std::size_t { openai, anthropic, gemini };
inline const std::array<ProviderName, 3> providers{
    {{"openai", "sk-proj-"}, {"anthropic", "sk-ant-"}, {"gemini", "AQ."}}};

// SHA-256 of a key in hex; the empty string where none is stored.
using KeyDigest = std::string;

// Which key a call may be made with, while it is changed.
class KeyHistory {
 public:
  // Is being changed: from now on a call may be made with `next`, too.
  void begin(KeyDigest next);
  // The change was answered: no call that begins from now on is made with what was there before.
  void end();
  // All that a call may have been made with that began and ended then.
  std::vector<KeyDigest> between(std::int64_t from_us, std::int64_t to_us) const;

 private:
  struct Stay {
    KeyDigest key;
    std::int64_t from_us;
    std::int64_t to_us;
  };
  mutable std::mutex mutex_;
  std::deque<Stay> stays_;
};

// A tenant that is there from the beginning to the end.
struct Customer {
  Tenant tenant;
  std::array<KeyHistory, providers.size()> history;
  // Held by whoever changes its keys.
  std::mutex changing;
  std::array<std::string, providers.size()> keys;  // as they are stored

  void put_key(const World& world, Provider provider, const std::string& key);
};

// The moments in which the provider closed all connections that byokd had kept. What goes out on
// one of them and cannot be sent again is lost, and nobody's fault.
class Closings {
 public:
  // One more.
  void close(const FakeProvider& fake);
  // Whether one of the last was within that time, or shortly before.
  bool touch(std::int64_t from_us, std::int64_t to_us) const;

 private:
  struct Closing {
    std::int64_t from_us;
    std::int64_t to_us;
  };
  std::mutex closing_;
  mutable std::mutex mutex_;
  std::deque<Closing> last_;
};

// A port that is taken, and that nobody listens on: connections to it are refused.
class RefusingPort {
 public:
  RefusingPort();
  std::uint16_t number() const { return port_of(socket_); }

 private:
  Fd socket_;
};

// What byokd waits for at most.
struct Limits {
  std::chrono::seconds header{3};
  std::chrono::seconds idle{5};
  std::chrono::seconds upstream{5};

  std::vector<std::string> settings() const;
};

struct Stage {
  Stage(const World& in, const Run& time, const Limits& times)
      : world(in), run(time), limits(times) {}

  const World& world;
  const Run& run;
  const Limits limits;
  std::deque<Customer> customers;
  Closings closings;

  void add_customers(int count);
  Customer& any_customer(Hand& hand) { return customers[hand.pick(customers.size())]; }
};

// A tenant that is there for one piece of work alone, with a key for OpenAI and Anthropic.
class Guest {
 public:
  explicit Guest(const World& world);
  ~Guest();
  Guest(const Guest&) = delete;
  Guest& operator=(const Guest&) = delete;

  const Tenant& tenant() const { return tenant_; }
  const KeyDigest& digest(Provider provider) const { return digests_[provider]; }
  Response ask(const std::string& target, const std::string& body) const;

 private:
  const World& world_;
  Tenant tenant_;
  std::array<KeyDigest, providers.size()> digests_;
};

// The body that stores or replaces a key.
std::string key_body(const std::string& key);
// Whether the answer tells of that key: in a header, or in its text.
bool names(const Response& response, const KeyDigest& key);

// Where the provider does not read on. It never learns that byokd has left: what it did not read
// stands before that.
inline const std::string unread_upload = "/v1/files?unread";

// The tables of kinds. `stage` outlives them.
std::vector<Kind> probe(Stage& stage);
std::vector<Kind> calls(Stage& stage);
std::vector<Kind> key_changes(Stage& stage);
std::vector<Kind> operators_work(Stage& stage);
std::vector<Kind> upkeep(Stage& stage);
std::vector<Kind> client_faults(Stage& stage);
std::vector<Kind> upstream_faults(Stage& stage);

}  // namespace byok::testing::soak

#include "tests/e2e/soak/stage.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <limits>

namespace byok::testing::soak {
namespace {

constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

}  // namespace

void KeyHistory::begin(KeyDigest next) {
  std::scoped_lock lock(mutex_);
  stays_.push_back({std::move(next), monotonic_us(), never});
}

void KeyHistory::end() {
  const std::int64_t now = monotonic_us();
  constexpr std::int64_t longest_us = std::chrono::microseconds(deadline).count();
  std::scoped_lock lock(mutex_);
  for (std::size_t i = 0; i + 1 < stays_.size(); ++i) {
    if (stays_[i].to_us == never) stays_[i].to_us = now;
  }
  while (stays_.front().to_us < now - longest_us) stays_.pop_front();
}

std::vector<KeyDigest> KeyHistory::between(std::int64_t from_us, std::int64_t to_us) const {
  std::scoped_lock lock(mutex_);
  std::vector<KeyDigest> out;
  for (const Stay& stay : stays_) {
    if (stay.from_us <= to_us && stay.to_us >= from_us) out.push_back(stay.key);
  }
  return out;
}

void Customer::put_key(const World& world, Provider provider, const std::string& key) {
  history[provider].begin(sha256_hex(key));
  world.put_key(tenant, providers[provider].name, key);
  history[provider].end();
  keys[provider] = key;
}

void Closings::close(const FakeProvider& fake) {
  std::scoped_lock one(closing_);
  {
    std::scoped_lock lock(mutex_);
    last_.push_back({monotonic_us(), never});
    if (last_.size() > 16) last_.pop_front();
  }
  fake.close_idle();
  std::scoped_lock lock(mutex_);
  last_.back().to_us = monotonic_us();
}

bool Closings::touch(std::int64_t from_us, std::int64_t to_us) const {
  // byokd may not have looked at the connection yet.
  constexpr std::int64_t shortly_us = 1'000'000;
  std::scoped_lock lock(mutex_);
  for (const Closing& closing : last_) {
    if (closing.from_us <= to_us && closing.to_us >= from_us - shortly_us) return true;
  }
  return false;
}

RefusingPort::RefusingPort() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("no port is free");
  }
}

std::vector<std::string> Limits::settings() const {
  const auto text = [](std::chrono::seconds time) { return std::to_string(time.count()) + "s"; };
  return {
      "limits.header_timeout=" + text(header),         "limits.idle_timeout=" + text(idle),
      "upstream.connect_timeout=" + text(upstream),    "upstream.idle_timeout=" + text(upstream),
      "upstream.first_byte_timeout=" + text(upstream), "compact.min_interval=5s"};
}

void Stage::add_customers(int count) {
  for (int i = 0; i < count; ++i) {
    Customer& customer = customers.emplace_back();
    customer.tenant = world.make_tenant("customer-" + std::to_string(i));
    for (Provider provider : {openai, anthropic, gemini}) {
      customer.put_key(world, provider, make_key(providers[provider].key_prefix));
    }
  }
}

Guest::Guest(const World& world)
    : world_(world), tenant_(world.make_tenant("guest-" + random_text(16))) {
  for (Provider provider : {openai, anthropic}) {
    const std::string key = make_key(providers[provider].key_prefix);
    digests_[provider] = sha256_hex(key);
    world.put_key(tenant_, providers[provider].name, key);
  }
}

Guest::~Guest() {
  try {
    world_.admin("DELETE", "/admin/tenants/" + tenant_.id);
  } catch (const std::exception&) {
    // What keeps byokd from deleting tenants is seen where that is the work.
  }
}

Response Guest::ask(const std::string& target, const std::string& body) const {
  return world_.ask(tenant_.token, "POST", target, body);
}

std::string key_body(const std::string& key) { return "{\"apiKey\":\"" + key + "\"}"; }

bool names(const Response& response, const KeyDigest& key) {
  return response.header("x-fake-key-sha256") == key ||
         response.body.find(key) != std::string::npos;
}

}  // namespace byok::testing::soak

#include "tests/e2e/soak/run.hpp"

#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>

namespace byok::testing::soak {
namespace {

std::string shown(const Response& response) {
  return response.first_line + " " + response.body.substr(0, 300);
}

}  // namespace

void expect(const Response& response, int status, const std::string& what) {
  expect(response.status == status, response, what + ", not " + std::to_string(status));
}

void expect(bool holds, const Response& response, const std::string& what) {
  if (!holds) throw Wrong(what + ": " + shown(response));
}

std::unique_ptr<Connection> connect(const Address& address) {
  auto connection = std::make_unique<Connection>(address);
  const timeval limit{std::chrono::duration_cast<std::chrono::seconds>(deadline).count(), 0};
  ::setsockopt(connection->stream().fd(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  return connection;
}

bool Run::over() const {
  std::scoped_lock lock(mutex_);
  return Clock::now() >= end_;
}

void Run::stop() {
  std::scoped_lock lock(mutex_);
  end_ = std::min(end_, Clock::now());
  stopped_.notify_all();
}

bool Run::wait_until(Clock::time_point time) const {
  std::unique_lock lock(mutex_);
  while (Clock::now() < std::min(time, end_)) stopped_.wait_until(lock, std::min(time, end_));
  return Clock::now() < end_;
}

void Score::count(const std::string& kind, std::int64_t took_us) {
  std::scoped_lock lock(mutex_);
  Figures& figures = kinds_[kind];
  ++figures.times;
  figures.longest_us = std::max(figures.longest_us, took_us);
}

void Score::wrong(const std::string& kind, const std::string& what) {
  std::scoped_lock lock(mutex_);
  ++kinds_[kind].wrong;
  if (first_wrong_.size() < 10) first_wrong_.push_back(kind + ": " + what);
}

Figures Score::of(const std::string& kind) const {
  std::scoped_lock lock(mutex_);
  const auto found = kinds_.find(kind);
  return found == kinds_.end() ? Figures{} : found->second;
}

std::uint64_t Score::all_wrong() const {
  std::scoped_lock lock(mutex_);
  std::uint64_t sum = 0;
  for (const auto& [kind, figures] : kinds_) sum += figures.wrong;
  return sum;
}

std::string Score::first_wrong() const {
  std::scoped_lock lock(mutex_);
  std::string out;
  for (const std::string& what : first_wrong_) out += what + "\n";
  return out;
}

Response Hand::exchange(const Request& request) {
  // byokd closes a connection that nobody uses, maybe just when the next request is on its way.
  const bool stale = Clock::now() - used_at_ > std::chrono::seconds(1);
  if (!kept_ || stale || pick(50) == 0) kept_ = connect(address_);
  std::unique_ptr<Connection> connection = std::move(kept_);
  Response response = connection->exchange(request);
  if (!same_name(response.header("connection"), "close")) kept_ = std::move(connection);
  used_at_ = Clock::now();
  return response;
}

Team::Team(std::vector<Kind> kinds, int threads, milliseconds pace, std::vector<Address> addresses,
           const Run& run, Score& score)
    : kinds_(std::move(kinds)), run_(run), score_(score), thread_count_(threads) {
  const unsigned seed = std::random_device()();
  for (std::size_t i = 0; i < kinds_.size(); ++i) {
    order_.insert(order_.end(), static_cast<std::size_t>(kinds_[i].share), i);
  }
  std::shuffle(order_.begin(), order_.end(), std::mt19937(seed));
  for (int i = 0; i < threads; ++i) {
    threads_.emplace_back([this, i, pace, seed, addresses] {
      const auto number = static_cast<unsigned>(i);
      Hand hand(addresses[number % addresses.size()], seed + number);
      work(hand, i, pace);
    });
  }
}

void Team::join() {
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void Team::work(Hand& hand, int number, milliseconds pace) {
  // Threads that begin together would go on doing so.
  Clock::time_point next = begin_ + pace * number / thread_count_;
  while (run_.wait_until(next)) {
    act(kinds_[order_[turn_++ % order_.size()]], hand);
    next = std::max(next + pace, Clock::now());
  }
}

void Team::act(const Kind& kind, Hand& hand) {
  const std::int64_t begin = monotonic_us();
  try {
    kind.act(hand);
  } catch (const std::exception& error) {
    const std::int64_t took_ms = (monotonic_us() - begin) / 1'000;
    score_.wrong(kind.name,
                 std::string(error.what()) + " (after " + std::to_string(took_ms) + " ms)");
  }
  score_.count(kind.name, monotonic_us() - begin);
}

std::uint64_t Team::times() const {
  std::uint64_t sum = 0;
  for (const Kind& kind : kinds_) sum += score_.of(kind.name).times;
  return sum;
}

std::string Team::missing() const {
  std::string out;
  for (const Kind& kind : kinds_) {
    if (score_.of(kind.name).times == 0) out += kind.name + "; ";
  }
  return out;
}

std::string Team::figures() const {
  std::string out;
  for (const Kind& kind : kinds_) {
    const Figures figures = score_.of(kind.name);
    out += (out.empty() ? "" : "; ") + kind.name + " " + std::to_string(figures.times) + " (" +
           std::to_string(figures.longest_us / 1'000) + " ms)";
  }
  return out;
}

std::int64_t Team::longest_us() const {
  std::int64_t longest = 0;
  for (const Kind& kind : kinds_) longest = std::max(longest, score_.of(kind.name).longest_us);
  return longest;
}

}  // namespace byok::testing::soak

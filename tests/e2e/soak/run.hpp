// How the soak's work is done: tables of kinds of work, threads that do them by turns until the run
// is over, and the score of what came of it.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/harness/client.hpp"

namespace byok::testing::soak {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// Something is not as it must be.
class Wrong : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Throws Wrong, with the beginning of the answer, unless it has that status.
void expect(const Response& response, int status, const std::string& what);
// Likewise unless it `holds`.
void expect(bool holds, const Response& response, const std::string& what);

// Above all that byokd lets pass by its own limits in time: what takes longer is stuck.
inline constexpr milliseconds deadline = std::chrono::seconds(60);

// A connection on which sending has a deadline, too.
std::unique_ptr<Connection> connect(const Address& address);

class Run {
 public:
  explicit Run(milliseconds length) : end_(Clock::now() + length) {}

  bool over() const;
  // Before its time.
  void stop();
  // False where the run ends first.
  bool wait_until(Clock::time_point time) const;
  bool wait(milliseconds time) const { return wait_until(Clock::now() + time); }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable stopped_;
  Clock::time_point end_;
};

struct Figures {
  std::uint64_t times = 0;
  std::uint64_t wrong = 0;
  std::int64_t longest_us = 0;
};

class Score {
 public:
  void count(const std::string& kind, std::int64_t took_us);
  void wrong(const std::string& kind, const std::string& what);

  Figures of(const std::string& kind) const;
  std::uint64_t all_wrong() const;
  // What the first ones were.
  std::string first_wrong() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Figures> kinds_;
  std::vector<std::string> first_wrong_;
};

// What one thread has for itself.
class Hand {
 public:
  Hand(Address address, unsigned seed) : random_(seed), address_(std::move(address)) {}

  // On the connection that it keeps, which is now and then a new one.
  Response exchange(const Request& request);
  const Address& address() const { return address_; }
  // Below `count`.
  std::size_t pick(std::size_t count) { return random_() % count; }

 private:
  std::mt19937 random_;
  Address address_;
  std::unique_ptr<Connection> kept_;
  Clock::time_point used_at_;
};

// One kind of work.
struct Kind {
  std::string name;
  std::function<void(Hand&)> act;  // throws where something is not as it must be
  int share = 1;                   // how often it is done beside the others
};

// Threads that do the kinds of one table by turns.
class Team {
 public:
  // Each thread begins a kind every `pace`, as far as the last one is done, by the addresses in
  // turn. `run` and `score` outlive it.
  Team(std::vector<Kind> kinds, int threads, milliseconds pace, std::vector<Address> addresses,
       const Run& run, Score& score);
  // Waits for what was begun.
  ~Team() { join(); }
  void join();

  std::uint64_t times() const;
  // The names of those that were not done once.
  std::string missing() const;
  // For each kind how often, and the longest that it took.
  std::string figures() const;
  std::int64_t longest_us() const;

 private:
  void work(Hand& hand, int number, milliseconds pace);
  void act(const Kind& kind, Hand& hand);

  std::vector<Kind> kinds_;
  std::vector<std::size_t> order_;  // of the kinds, each as often as its share says
  std::atomic<std::size_t> turn_{0};
  const Run& run_;
  Score& score_;
  Clock::time_point begin_ = Clock::now();
  int thread_count_;
  std::vector<std::thread> threads_;
};

}  // namespace byok::testing::soak

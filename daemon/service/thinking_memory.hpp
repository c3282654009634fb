// What Claude thought before it called a tool, for clients that know OpenAI's fields alone: they
// send the call back without its thinking, which Anthropic wants back unmodified.
//
// Bounded, for a while, in memory only: it is gone with the process, and a call without it still
// works, as one that did not think.
#pragma once

#include <chrono>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "common/ids.hpp"

namespace byok::service {

// Safe to use from any thread.
class ThinkingMemory {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::size_t default_capacity = std::size_t{16} << 20;
  static constexpr std::chrono::minutes lifetime{60};

  // `capacity` in bytes of what is kept; the oldest goes first.
  explicit ThinkingMemory(std::size_t capacity = default_capacity) : capacity_(capacity) {}

  // Keeps `blocks`, a JSON array of thinking blocks, for that call of that tenant's.
  void keep(const TenantId& tenant, std::string_view call_id, std::string blocks,
            Clock::time_point at = Clock::now());
  // Nothing where none are kept, or no more.
  std::optional<std::string> recall(const TenantId& tenant, std::string_view call_id,
                                    Clock::time_point at = Clock::now());

 private:
  struct Kept {
    std::string key;
    std::string blocks;
    Clock::time_point until;

    std::size_t size() const { return key.size() + blocks.size(); }
  };
  using Order = std::list<Kept>;

  void forget(Order::iterator entry);

  const std::size_t capacity_;
  std::mutex mutex_;
  Order order_;                                                   // oldest first
  std::unordered_map<std::string_view, Order::iterator> by_key_;  // by the keys in order_
  std::size_t size_ = 0;
};

}  // namespace byok::service

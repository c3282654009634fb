// What is worth remembering of a tenant for a while, as texts by name: what Claude thought before
// it called a tool, the ids of the models that a key reaches. In memory only and bounded: it is
// gone with the process, and whoever asks must do without.
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
class TenantMemory {
 public:
  using Clock = std::chrono::steady_clock;

  // `capacity` in bytes of what is kept; the oldest goes first.
  TenantMemory(std::size_t capacity, std::chrono::minutes lifetime)
      : capacity_(capacity), lifetime_(lifetime) {}

  // Keeps `text` under that name of that tenant's, in place of what was there.
  void keep(const TenantId& tenant, std::string_view name, std::string text,
            Clock::time_point at = Clock::now());
  // Nothing where none is kept, or no more.
  std::optional<std::string> recall(const TenantId& tenant, std::string_view name,
                                    Clock::time_point at = Clock::now());
  // All that is that tenant's. Takes longer the more is kept.
  void forget(const TenantId& tenant);
  // All.
  void forget();

 private:
  struct Kept {
    std::string key;
    std::string text;
    Clock::time_point until;

    std::size_t size() const { return key.size() + text.size(); }
  };
  using Order = std::list<Kept>;

  Order::iterator drop(Order::iterator entry);

  const std::size_t capacity_;
  const std::chrono::minutes lifetime_;
  std::mutex mutex_;
  Order order_;                                                   // oldest first
  std::unordered_map<std::string_view, Order::iterator> by_key_;  // by the keys in order_
  std::size_t size_ = 0;
};

}  // namespace byok::service

#include "daemon/service/thinking_memory.hpp"

#include <utility>

namespace byok::service {
namespace {

// A tenant's id holds no NUL.
std::string key_of(const TenantId& tenant, std::string_view call_id) {
  return tenant.str().append(1, '\0').append(call_id);
}

}  // namespace

void ThinkingMemory::keep(const TenantId& tenant, std::string_view call_id, std::string blocks,
                          Clock::time_point at) {
  Kept kept{key_of(tenant, call_id), std::move(blocks), at + lifetime};
  std::scoped_lock lock(mutex_);
  if (auto known = by_key_.find(kept.key); known != by_key_.end()) forget(known->second);
  if (kept.size() > capacity_) return;
  while (size_ + kept.size() > capacity_ || (!order_.empty() && order_.front().until <= at)) {
    forget(order_.begin());
  }
  size_ += kept.size();
  auto entry = order_.insert(order_.end(), std::move(kept));
  by_key_.emplace(entry->key, entry);
}

std::optional<std::string> ThinkingMemory::recall(const TenantId& tenant, std::string_view call_id,
                                                  Clock::time_point at) {
  std::scoped_lock lock(mutex_);
  auto known = by_key_.find(key_of(tenant, call_id));
  if (known == by_key_.end()) return std::nullopt;
  if (known->second->until <= at) {
    forget(known->second);
    return std::nullopt;
  }
  return known->second->blocks;
}

void ThinkingMemory::forget(Order::iterator entry) {
  size_ -= entry->size();
  by_key_.erase(entry->key);
  order_.erase(entry);
}

}  // namespace byok::service

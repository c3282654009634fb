#include "daemon/service/tenant_memory.hpp"

#include <utility>

namespace byok::service {
namespace {

// A tenant's id holds no NUL.
std::string key_of(const TenantId& tenant, std::string_view name) {
  return tenant.str().append(1, '\0').append(name);
}

}  // namespace

void TenantMemory::keep(const TenantId& tenant, std::string_view name, std::string text,
                        Clock::time_point at) {
  Kept kept{key_of(tenant, name), std::move(text), at + lifetime_};
  std::scoped_lock lock(mutex_);
  if (auto known = by_key_.find(kept.key); known != by_key_.end()) drop(known->second);
  if (kept.size() > capacity_) return;
  while (size_ + kept.size() > capacity_ || (!order_.empty() && order_.front().until <= at)) {
    drop(order_.begin());
  }
  size_ += kept.size();
  auto entry = order_.insert(order_.end(), std::move(kept));
  by_key_.emplace(entry->key, entry);
}

std::optional<std::string> TenantMemory::recall(const TenantId& tenant, std::string_view name,
                                                Clock::time_point at) {
  std::scoped_lock lock(mutex_);
  auto known = by_key_.find(key_of(tenant, name));
  if (known == by_key_.end()) return std::nullopt;
  if (known->second->until <= at) {
    drop(known->second);
    return std::nullopt;
  }
  return known->second->text;
}

void TenantMemory::forget() {
  const std::lock_guard lock(mutex_);
  by_key_.clear();
  order_.clear();
  size_ = 0;
}

void TenantMemory::forget(const TenantId& tenant) {
  const std::string prefix = key_of(tenant, {});
  std::scoped_lock lock(mutex_);
  for (auto entry = order_.begin(); entry != order_.end();) {
    entry = entry->key.starts_with(prefix) ? drop(entry) : std::next(entry);
  }
}

TenantMemory::Order::iterator TenantMemory::drop(Order::iterator entry) {
  size_ -= entry->size();
  by_key_.erase(entry->key);
  return order_.erase(entry);
}

}  // namespace byok::service

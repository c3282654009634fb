#include "daemon/service/usage_sums.hpp"

#include <algorithm>
#include <string>
#include <tuple>

#include "common/encoding.hpp"

namespace byok::service {
namespace {

constexpr std::size_t most_models = 200;  // of a tenant's day
constexpr Day days_kept = 400;            // a year, and the month before to compare it with
constexpr std::size_t most_erased_at_once = 64;

// Calls in the order of the database, so that each of its pages is visited once.
class Order {
 public:
  explicit Order(const EndedCall& call) : call_(&call) {
    char head[8] = {};
    call.tenant.view().copy(head, sizeof head);
    head_ = get_u64(head);
  }
  const EndedCall& call() const { return *call_; }
  auto place() const {
    const store::UsageRow& row = call_->row;
    return std::tie(call_->tenant, row.day, row.provider, row.model, row.source);
  }
  bool operator<(const Order& other) const {
    return head_ != other.head_ ? head_ < other.head_ : place() < other.place();
  }

 private:
  std::uint64_t head_;  // of the tenant's id: most comparisons need no more, nor the call's memory
  const EndedCall* call_;
};

// Whether that day has room for another model's row.
bool has_room(const store::TenantEdit& tenant, Day day) {
  std::size_t rows = 0;
  tenant.each_usage(day, [&](std::string_view row, std::string_view) {
    return row.starts_with(store::usage_rows_from(day)) && ++rows < most_models;
  });
  return rows < most_models;
}

void erase_old(store::TenantEdit& tenant, Day today) {
  const std::string oldest_kept = store::usage_rows_from(today - std::min(today, days_kept));
  std::vector<std::string> old;
  tenant.each_usage(0, [&](std::string_view row, std::string_view) {
    if (row >= oldest_kept || old.size() == most_erased_at_once) return false;
    old.emplace_back(row);
    return true;
  });
  for (const std::string& row : old) tenant.erase_usage(row);
}

bool add(store::TenantEdit& tenant, std::string_view row, const store::UsageCounts& counts) {
  return tenant.change_usage(row, [&counts](std::string_view stored) {
    store::UsageCounts sum = store::decode_usage_counts(stored).value_or(store::UsageCounts{});
    sum += counts;
    return encode(sum);
  });
}

// `confirmed`: one of these calls was accepted. False where there is no room for a new row.
bool write_row(store::WriteTxn& txn, const TenantId& id, store::UsageRow row, bool confirmed,
               const store::UsageCounts& counts) {
  store::TenantEdit tenant = txn.edit(id);
  if (add(tenant, encode(row), counts)) return true;
  // Deleted meanwhile: nothing may outlive a tenant.
  if (!tenant.record()) return true;
  erase_old(tenant, row.day);
  // A name that the provider has not confirmed may be anything, and another one each time.
  const bool named = !row.model.empty() && row.model != UsageLedger::other_model;
  if (named && (!confirmed || !has_room(tenant, row.day))) row.model = UsageLedger::other_model;
  const std::string place = encode(row);
  if (add(tenant, place, counts)) return true;
  try {
    tenant.put_usage(place, encode(counts));
  } catch (const store::StoreError& error) {
    if (!error.full()) throw;
    return false;
  }
  return true;
}

}  // namespace

std::vector<EndedCall> write_usage(store::WriteTxn& txn, const std::vector<EndedCall>& calls) {
  std::vector<EndedCall> left;
  std::vector<Order> order(calls.begin(), calls.end());
  std::sort(order.begin(), order.end());
  for (auto first = order.begin(); first != order.end();) {
    store::UsageCounts counts;
    bool confirmed = false;
    auto last = first;
    for (; last != order.end() && last->place() == first->place(); ++last) {
      const EndedCall& call = last->call();
      counts += {1, call.failed ? 1u : 0u, call.tokens.input, call.tokens.output};
      confirmed = confirmed || call.accepted;
    }
    if (!write_row(txn, first->call().tenant, first->call().row, confirmed, counts)) {
      for (; first != last; ++first) left.push_back(first->call());
    }
    first = last;
  }
  return left;
}

}  // namespace byok::service

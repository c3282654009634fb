#include "daemon/service/usage_ledger.hpp"

#include <algorithm>
#include <list>
#include <utility>
#include <vector>

namespace byok::service {
namespace {

constexpr std::size_t longest_model = 128;
constexpr std::size_t most_models = 200;    // of a tenant's day
constexpr Day days_kept = 400;              // a year, and the month before to compare it with
constexpr std::size_t most_rows = 250'000;  // in memory, where the disk takes no more
constexpr std::size_t most_erased_at_once = 64;

// How a model is called in the ledger. Who calls chooses the name, and operators read it.
std::string_view counted_name(std::string_view model) {
  const bool plain =
      std::all_of(model.begin(), model.end(), [](char c) { return c > ' ' && c <= '~'; });
  return plain ? model.substr(0, longest_model) : UsageLedger::other_model;
}

std::string memory_key(const TenantId& tenant, const store::UsageRow& row) {
  std::string key(tenant.view());
  key.push_back('\0');
  return key.append(encode(row));
}

store::UsageCounts counts_of(std::optional<std::string_view> bytes) {
  if (!bytes) return {};
  return store::decode_usage_counts(*bytes).value_or(store::UsageCounts{});
}

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

}  // namespace

struct UsageLedger::State {
  explicit State(const daemon::Logger& logger) : log(logger) {}

  // What could not be written is tried again with what comes next.
  void take_back(const Sorted& rows, const Error& error);

  const daemon::Logger& log;
  std::mutex mutex;
  std::list<Notes> notes;
  Notes unwritten;
  bool closed = false;
};

void UsageLedger::State::take_back(const Sorted& rows, const Error& error) {
  std::lock_guard lock(unwritten.mutex_);
  std::size_t lost = closed ? rows.size() : 0;
  if (!closed) {
    for (const auto& [key, counts] : rows) {
      auto place = unwritten.rows_.find(key);
      if (place != unwritten.rows_.end()) {
        place->second += counts;
      } else if (unwritten.rows_.size() < most_rows) {
        unwritten.rows_.emplace(key, counts);
      } else {
        ++lost;
      }
    }
  }
  log.warn(lost > 0 ? "usage.lost" : "usage.delayed",
           {{"rows", lost > 0 ? lost : rows.size()}, {"error", error.message()}});
}

UsageLedger::UsageLedger(store::Writer& writer, const daemon::Logger& log)
    : writer_(writer), state_(std::make_shared<State>(log)) {}

UsageLedger::~UsageLedger() {
  {
    std::lock_guard lock(state_->unwritten.mutex_);
    state_->closed = true;
  }
  write();
}

UsageLedger::Notes& UsageLedger::open_notes() {
  std::lock_guard lock(state_->mutex);
  return state_->notes.emplace_back();
}

bool UsageLedger::Notes::is_known(const TenantId& tenant, const std::string& key,
                                  store::Reader& reader) {
  {
    std::lock_guard lock(mutex_);
    if (rows_.contains(key)) return true;
  }
  const std::string_view row = std::string_view(key).substr(tenant.view().size() + 1);
  return reader.begin().tenant(tenant).usage(row).has_value();
}

void UsageLedger::Notes::add(const EndedCall& call, store::Reader& reader) {
  store::UsageRow row{day_of(now()), call.provider, std::string(counted_name(call.model)),
                      call.source};
  std::string key = memory_key(call.tenant, row);
  // A name that the provider has not confirmed may be anything, and another one each time.
  if (!call.accepted && !row.model.empty() && !is_known(call.tenant, key, reader)) {
    row.model = other_model;
    key = memory_key(call.tenant, row);
  }
  std::lock_guard lock(mutex_);
  rows_[std::move(key)] += {1, call.failed ? 1u : 0u, call.usage.prompt, call.usage.completion};
}

void UsageLedger::write() {
  Rows all;
  {
    std::lock_guard lock(state_->mutex);
    const auto take = [&all](Notes& notes) {
      Rows rows;
      {
        std::lock_guard lock_notes(notes.mutex_);
        rows.swap(notes.rows_);
      }
      if (all.empty()) {
        all.swap(rows);
      } else {
        for (auto& [key, counts] : rows) all[key] += counts;
      }
    };
    take(state_->unwritten);
    for (Notes& notes : state_->notes) take(notes);
  }
  if (all.empty()) return;
  // In the order of the database, so that each of its pages is visited once.
  auto rows = std::make_shared<Sorted>(all.begin(), all.end());
  std::sort(rows->begin(), rows->end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  writer_.submit(
      [rows](store::WriteTxn& txn) -> Result<void> {
        put(txn, *rows);
        return {};
      },
      [state = state_, rows](Result<void> written) {
        if (!written) state->take_back(*rows, written.error());
      });
}

void UsageLedger::put(store::WriteTxn& txn, const Sorted& rows) {
  for (const auto& [key, counts] : rows) {
    const std::size_t id_end = key.find('\0');
    Result<TenantId> id = TenantId::parse(std::string_view(key).substr(0, id_end));
    auto row = store::decode_usage_row(std::string_view(key).substr(id_end + 1));
    if (!id || !row) throw std::logic_error("a row of the usage ledger that it did not make");
    store::TenantEdit tenant = txn.edit(*id);
    // Deleted meanwhile: nothing may outlive a tenant.
    if (tenant.record()) put_row(tenant, std::move(*row), counts);
  }
}

void UsageLedger::put_row(store::TenantEdit& tenant, store::UsageRow row,
                          const store::UsageCounts& counts) {
  std::string place = encode(row);
  std::optional<std::string_view> stored = tenant.usage(place);
  if (!stored) {
    erase_old(tenant, row.day);
    if (!row.model.empty() && row.model != other_model && !has_room(tenant, row.day)) {
      row.model = other_model;
      place = encode(row);
      stored = tenant.usage(place);
    }
  }
  store::UsageCounts sum = counts_of(stored);
  sum += counts;
  tenant.put_usage(place, encode(sum));
}

}  // namespace byok::service

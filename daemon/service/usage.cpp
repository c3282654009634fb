#include "daemon/service/usage.hpp"

#include <map>
#include <tuple>
#include <utility>

#include "daemon/service/authentic.hpp"
#include "daemon/service/commit.hpp"
#include "daemon/service/pause.hpp"

namespace byok::service {
namespace {

using net::Awaitable;

// Of a page: what is summed up of it is held in memory.
constexpr std::size_t most_rows = 20'000;
// A worker that reads serves nobody else meanwhile.
constexpr std::size_t rows_at_once = 500;

// Rows read for one answer.
struct Reading {
  std::size_t rows = 0;
  std::size_t rows_before_pause = 0;

  void count() { ++rows; }
  void paused() { rows_before_pause = rows; }
  bool needs_pause() const { return rows - rows_before_pause >= rows_at_once; }
};

// By provider, model and source; no model: not to be seen.
using Place = std::tuple<ProviderId, std::optional<std::string>, KeySource>;
using Sums = std::map<Place, store::UsageCounts>;

// Adds the days from `first` on, whole ones. The day to go on with, where there are more and it is
// time for a pause.
std::optional<Day> add_days(const store::TenantView& tenant, Day first, Day last, bool hides_own,
                            Reading& reading, Sums& sums) {
  std::optional<Day> next;
  Day day = first;
  tenant.each_usage(first, [&](std::string_view bytes, std::string_view counted) {
    reading.count();
    std::optional<store::UsageRow> row = store::decode_usage_row(bytes);
    std::optional<store::UsageCounts> counts = store::decode_usage_counts(counted);
    if (!row || !counts) return true;
    if (row->day > last) return false;
    if (row->day != day && reading.needs_pause()) {
      next = row->day;
      return false;
    }
    day = row->day;
    std::optional<std::string> model = std::move(row->model);
    if (hides_own && row->source == KeySource::tenant) {
      model.reset();
      counts->input_tokens = counts->output_tokens = 0;
    }
    sums[{row->provider, std::move(model), row->source}] += *counts;
    return true;
  });
  return next;
}

Awaitable<std::vector<UsageLine>> lines_of(Worker& worker, const TenantId& tenant, Period period,
                                           bool hides_own, Reading& reading) {
  Sums sums;
  for (std::optional<Day> next = period.first; next;) {
    if (reading.needs_pause()) {
      reading.paused();
      co_await pause(worker);
    }
    store::ReadTxn txn = worker.reader.begin();
    next = add_days(txn.tenant(tenant), *next, period.last, hides_own, reading, sums);
  }
  std::vector<UsageLine> lines;
  lines.reserve(sums.size());
  for (const auto& [place, counts] : sums) {
    lines.push_back({std::get<0>(place), std::get<1>(place), std::get<2>(place), counts});
  }
  co_return lines;
}

bool hides_own(const Worker& worker, UsageSight sight) {
  return sight == UsageSight::operators && !worker.config->settings.operator_sees_tokens;
}

// What was counted until now is in the database once this returns: the writer keeps to the order of
// what it is given.
Awaitable<Result<void>> write_all(Worker& worker) {
  worker.shared.usage.write();
  co_return co_await commit_untold(worker, [](store::WriteTxn&) { return Result<void>(); });
}

// The next ones behind `after`.
std::vector<TenantId> tenants_behind(Worker& worker, const std::optional<TenantId>& after,
                                     std::size_t most) {
  std::vector<TenantId> ids;
  store::ReadTxn txn = worker.reader.begin();
  txn.each_tenant(after, [&](const TenantId& id, std::string_view) {
    ids.push_back(id);
    return ids.size() < most;
  });
  return ids;
}

}  // namespace

Awaitable<Result<std::vector<UsageLine>>> tenant_usage(Worker& worker, const TenantId& tenant,
                                                       Period period, UsageSight sight) {
  Result<void> written = co_await write_all(worker);
  if (!written) co_return written.error();
  {
    store::ReadTxn txn = worker.reader.begin();
    auto record = load_tenant(worker.shared.vault, txn.tenant(tenant));
    if (!record) co_return record.error();
  }
  Reading reading;
  std::vector<UsageLine> lines =
      co_await lines_of(worker, tenant, period, hides_own(worker, sight), reading);
  co_return lines;
}

Awaitable<Result<UsagePage>> all_usage(Worker& worker, std::optional<TenantId> after,
                                       std::size_t most, Period period) {
  Result<void> written = co_await write_all(worker);
  if (!written) co_return written.error();
  const bool hides = hides_own(worker, UsageSight::operators);
  UsagePage page;
  Reading reading;
  const std::vector<TenantId> ids = tenants_behind(worker, after, most);
  if (ids.size() == most) page.next = ids.back();
  for (const TenantId& id : ids) {
    std::vector<UsageLine> lines = co_await lines_of(worker, id, period, hides, reading);
    if (!lines.empty()) page.tenants.push_back({id, std::move(lines)});
    reading.count();  // a tenant without rows costs as much
    if (reading.rows < most_rows) continue;
    page.next = id;
    break;
  }
  co_return page;
}

}  // namespace byok::service

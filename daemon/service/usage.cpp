#include "daemon/service/usage.hpp"

#include <map>
#include <tuple>

#include "daemon/service/authentic.hpp"
#include "daemon/service/commit.hpp"

namespace byok::service {
namespace {

using net::Awaitable;

// Of a page: a worker that reads serves nobody else meanwhile.
constexpr std::size_t most_rows = 20'000;

// Adds the rows that it read to `rows`.
std::vector<UsageLine> lines_of(const store::TenantView& tenant, Period period, bool hides_own,
                                std::size_t& rows) {
  // By provider, model and source; no model: not to be seen.
  using Place = std::tuple<ProviderId, std::optional<std::string>, KeySource>;
  std::map<Place, store::UsageCounts> sums;
  tenant.each_usage(period.first, [&](std::string_view bytes, std::string_view counted) {
    ++rows;
    std::optional<store::UsageRow> row = store::decode_usage_row(bytes);
    std::optional<store::UsageCounts> counts = store::decode_usage_counts(counted);
    if (!row || !counts) return true;
    if (row->day > period.last) return false;
    std::optional<std::string> model = std::move(row->model);
    if (hides_own && row->source == KeySource::tenant) {
      model.reset();
      counts->input_tokens = counts->output_tokens = 0;
    }
    sums[{row->provider, std::move(model), row->source}] += *counts;
    return true;
  });
  std::vector<UsageLine> lines;
  lines.reserve(sums.size());
  for (const auto& [place, counts] : sums) {
    lines.push_back({std::get<0>(place), std::get<1>(place), std::get<2>(place), counts});
  }
  return lines;
}

bool hides_own(const Worker& worker, UsageSight sight) {
  return sight == UsageSight::operators && !worker.shared.settings.operator_sees_tokens;
}

// What was counted until now is in the database once this returns: the writer keeps to the order of
// what it is given.
Awaitable<Result<void>> write_all(Worker& worker) {
  worker.shared.usage.write();
  co_return co_await commit(worker, [](store::WriteTxn&) { return Result<void>(); });
}

}  // namespace

Awaitable<Result<std::vector<UsageLine>>> tenant_usage(Worker& worker, const TenantId& tenant,
                                                       Period period, UsageSight sight) {
  Result<void> written = co_await write_all(worker);
  if (!written) co_return written.error();
  store::ReadTxn txn = worker.reader.begin();
  store::TenantView view = txn.tenant(tenant);
  auto record = load_tenant(worker.shared.vault, view);
  if (!record) co_return record.error();
  std::size_t rows = 0;
  co_return lines_of(view, period, hides_own(worker, sight), rows);
}

Awaitable<Result<UsagePage>> all_usage(Worker& worker, std::optional<TenantId> after,
                                       std::size_t most, Period period) {
  Result<void> written = co_await write_all(worker);
  if (!written) co_return written.error();
  const bool hides = hides_own(worker, UsageSight::operators);
  UsagePage page;
  std::size_t seen = 0;
  std::size_t rows = 0;
  store::ReadTxn txn = worker.reader.begin();
  txn.each_tenant(after, [&](const TenantId& id, std::string_view) {
    std::vector<UsageLine> lines = lines_of(txn.tenant(id), period, hides, rows);
    if (!lines.empty()) page.tenants.push_back({id, std::move(lines)});
    if (++seen < most && rows < most_rows) return true;
    page.next = id;
    return false;
  });
  co_return page;
}

}  // namespace byok::service

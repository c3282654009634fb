// GET /ai/usage and GET /admin/usage: what was counted of calls.
#include "daemon/http/usage_routes.hpp"

#include <boost/json/array.hpp>

#include "daemon/http/query.hpp"
#include "daemon/service/usage.hpp"

namespace byok::http {
namespace {

namespace json = boost::json;
using net::Awaitable;
using service::Exchange;
using service::Worker;

constexpr Day days_by_default = 30;

Result<Day> day_in(std::string_view query, std::string_view name, Day otherwise) {
  std::string_view text = query_value(query, name);
  if (text.empty()) return otherwise;
  if (std::optional<Day> day = parse_date(text)) return *day;
  return Error{Errc::bad_request,
               "'" + std::string(name) + "' must be a day (in UTC) such as 2026-06-20",
               std::string(name)};
}

// ?from= and ?to=, both included.
Result<service::Period> period_in(std::string_view query) {
  Result<Day> last = day_in(query, "to", day_of(now()));
  if (!last) return last.error();
  Result<Day> first = day_in(query, "from", *last - std::min(*last, days_by_default - 1));
  if (!first) return first.error();
  if (*first > *last) return Error{Errc::bad_request, "'from' must not be after 'to'", "from"};
  return service::Period{*first, *last};
}

json::object line_value(const service::UsageLine& line) {
  json::object value;
  value["provider"] = line.provider.view();
  const bool seen = line.model.has_value();
  if (seen && line.model->empty()) value["model"] = nullptr;
  if (seen && !line.model->empty()) value["model"] = *line.model;
  value["keySource"] = service::source_name(line.source);
  value["requests"] = line.counts.requests;
  if (seen) {
    value["inputTokens"] = line.counts.input_tokens;
    value["outputTokens"] = line.counts.output_tokens;
  }
  value["errors"] = line.counts.errors;
  return value;
}

json::object begin_answer(service::Period period) {
  json::object answer;
  answer["from"] = to_date(period.first);
  answer["to"] = to_date(period.last);
  return answer;
}

}  // namespace

Awaitable<Result<Reply>> show_usage(Worker& worker, Exchange& exchange, const PathParameters&) {
  Result<service::Period> period = period_in(exchange.head.query);
  if (!period) co_return period.error();
  // The tenant `default` is the operator's own; of others, acting for them shows no more than
  // /admin/usage does.
  const service::Principal& principal = exchange.principal;
  const bool own = !principal.is_operator || principal.tenant.view() == default_tenant;
  auto lines = co_await service::tenant_usage(
      worker, principal.tenant, *period,
      own ? service::UsageSight::whole : service::UsageSight::operators);
  if (!lines) co_return lines.error();
  json::array values;
  for (const service::UsageLine& line : *lines) values.push_back(line_value(line));
  json::object answer = begin_answer(*period);
  answer["usage"] = std::move(values);
  co_return json_reply(answer);
}

Awaitable<Result<Reply>> show_all_usage(Worker& worker, Exchange& exchange, const PathParameters&) {
  Result<service::Period> period = period_in(exchange.head.query);
  if (!period) co_return period.error();
  Result<Paging> paging = paging_in(exchange.head.query);
  if (!paging) co_return paging.error();
  auto page = co_await service::all_usage(worker, paging->after, paging->most, *period);
  if (!page) co_return page.error();
  json::array values;
  for (const service::TenantUsage& tenant : page->tenants) {
    for (const service::UsageLine& line : tenant.lines) {
      json::object value;
      value["tenant"] = tenant.tenant.view();
      for (const auto& member : line_value(line)) value.insert(member);
      values.push_back(std::move(value));
    }
  }
  json::object answer = begin_answer(*period);
  answer["usage"] = std::move(values);
  if (page->next) answer["next"] = page->next->view();
  co_return json_reply(answer);
}

}  // namespace byok::http

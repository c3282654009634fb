#include "daemon/service/metrics_workers.hpp"

namespace byok::service {
namespace {

using metrics::HistogramSum;
using metrics::TextWriter;
using metrics::Type;

using Workers = std::vector<const WorkerMetrics*>;

template <class Value>
auto sum(const Workers& workers, Value value) {
  decltype(value(*workers.front()).value()) total = 0;
  for (const WorkerMetrics* worker : workers) total += value(*worker).value();
  return total;
}

template <class Value>
HistogramSum sum_histograms(const Workers& workers, Value value) {
  HistogramSum total(value(*workers.front()).scale());
  for (const WorkerMetrics* worker : workers) total.add(value(*worker));
  return total;
}

void write_requests(TextWriter& out, const Workers& all, const std::vector<std::string>& routes) {
  out.family("byok_http_requests_total", Type::counter,
             "Requests by route, method and class of the answer's status.");
  for (std::size_t route = 0; route < routes.size(); ++route) {
    for (std::size_t method = 0; method < method_names.size(); ++method) {
      for (std::size_t status = 0; status < status_class_names.size(); ++status) {
        const std::uint64_t count = sum(
            all, [&](const WorkerMetrics& worker) -> auto& {
              return worker.routes[route].requests[method][status];
            });
        if (count == 0) continue;
        out.sample({{"route", routes[route]},
                    {"method", method_names[method]},
                    {"code", status_class_names[status]}},
                   count);
      }
    }
  }
  out.one("byok_http_request_duration_seconds", Type::histogram,
          "Time from a request's head to its answer's end, of those that called no provider.",
          sum_histograms(
              all, [](auto& worker) -> auto& { return worker.own_duration; }));
  out.one("byok_call_duration_seconds", Type::histogram,
          "The same of those that called a provider: streams to their end.",
          sum_histograms(
              all, [](auto& worker) -> auto& { return worker.call_duration; }));
  out.one("byok_call_overhead_seconds", Type::histogram,
          "Of the latter, byokd's own part: without waiting for the provider or the client.",
          sum_histograms(
              all, [](auto& worker) -> auto& { return worker.overhead; }));
  out.one("byok_http_received_bytes_total", Type::counter, "Bytes of requests.",
          sum(
              all, [](auto& worker) -> auto& { return worker.received_bytes; }));
  out.one("byok_http_sent_bytes_total", Type::counter, "Bytes of answers.",
          sum(
              all, [](auto& worker) -> auto& { return worker.sent_bytes; }));
}

void write_errors(TextWriter& out, const Workers& all) {
  out.family("byok_errors_total", Type::counter, "Errors that byokd answered with, by their code.");
  for (std::size_t code = 0; code <= static_cast<std::size_t>(Errc::provider_timeout); ++code) {
    out.sample({{"code", code_name(static_cast<Errc>(code))}},
               sum(
                   all, [&](auto& worker) -> auto& { return worker.errors[code]; }));
  }
  out.one("byok_rate_limited_requests_total", Type::counter,
          "Requests over limits.tenant_rps or limits.tenant_concurrency.",
          sum(
              all, [](auto& worker) -> auto& { return worker.rate_limited; }));
}

void write_clients(TextWriter& out, const Workers& all) {
  out.one("byok_client_connections", Type::gauge, "Connections of clients that are open.",
          sum(
              all, [](auto& worker) -> auto& { return worker.connections; }));
  out.one("byok_client_connections_accepted_total", Type::counter, "Connections that were served.",
          sum(
              all, [](auto& worker) -> auto& { return worker.accepted; }));
  out.one("byok_client_connections_refused_total", Type::counter,
          "Connections that were closed at once, because there were limits.max_connections.",
          sum(
              all, [](auto& worker) -> auto& { return worker.turned_away; }));
  out.one("byok_client_connections_evicted_total", Type::counter,
          "Idle connections that gave way to another.",
          sum(
              all, [](auto& worker) -> auto& { return worker.evicted; }));
  out.one("byok_tls_handshake_failures_total", Type::counter,
          "Handshakes of clients that were begun and came to nothing.",
          sum(
              all, [](auto& worker) -> auto& { return worker.failed_handshakes; }));
}

// Writes the family's samples for each provider.
template <class Write>
void each_provider(Write write) {
  const std::vector<std::string_view> names = metrics::provider_names();
  for (std::size_t slot = 0; slot < names.size(); ++slot) write(slot, names[slot]);
}

template <std::size_t N, class Counts>
void write_by_source(TextWriter& out, const Workers& all,
                     const std::array<std::string_view, N>& names, std::string_view label,
                     Counts counts, bool every_source = true) {
  each_provider([&](std::size_t slot, std::string_view provider) {
    for (std::size_t source = every_source ? 0 : 1; source < key_source_names.size(); ++source) {
      for (std::size_t i = 0; i < N; ++i) {
        out.sample(
            {{"provider", provider}, {"key_source", key_source_names[source]}, {label, names[i]}},
            sum(
                all, [&](auto& worker) -> auto& {
                  return counts(worker.providers[slot])[source][i];
                }));
      }
    }
  });
}

void write_providers(TextWriter& out, const Workers& all, bool show_tenants_tokens) {
  out.family("byok_provider_calls_total", Type::counter,
             "Calls to providers, by whose key they bore and how they ended.");
  write_by_source(
      out, all, call_outcome_names, "outcome", [](auto& counts) -> auto& { return counts.calls; });
  constexpr std::array<std::string_view, 2> directions = {"input", "output"};
  out.family("byok_provider_tokens_total", Type::counter,
             "Tokens that providers told of; with tenants' own keys only where "
             "usage.operator_sees_tokens is set.");
  write_by_source(
      out, all, directions, "direction", [](auto& counts) -> auto& { return counts.tokens; },
      show_tenants_tokens);
  out.family("byok_key_verdicts_total", Type::counter,
             "What providers' answers said of the keys that were used.");
  write_by_source(
      out, all, verdict_names, "verdict", [](auto& counts) -> auto& { return counts.verdicts; });
  out.family("byok_provider_first_byte_seconds", Type::histogram,
             "Time from sending a call to its answer's head, connecting included.");
  each_provider([&](std::size_t slot, std::string_view provider) {
    out.sample({{"provider", provider}}, sum_histograms(
                                             all, [slot](auto& worker) -> auto& {
                                               return worker.providers[slot].first_byte;
                                             }));
  });
  out.family("byok_provider_duration_seconds", Type::histogram,
             "Time from sending a call to its answer's end.");
  each_provider([&](std::size_t slot, std::string_view provider) {
    out.sample({{"provider", provider}},
               sum_histograms(
                   all, [slot](auto& worker) -> auto& { return worker.providers[slot].whole; }));
  });
}

void write_pools(TextWriter& out, const Workers& all) {
  out.family("byok_upstream_connections", Type::gauge,
             "Connections to providers: idle ones, and those with a call or being made.");
  each_provider([&](std::size_t slot, std::string_view provider) {
    const auto open = sum(
        all, [slot](auto& worker) -> auto& { return worker.pools[slot].open; });
    const auto idle = sum(
        all, [slot](auto& worker) -> auto& { return worker.pools[slot].idle; });
    out.sample({{"provider", provider}, {"state", "busy"}}, std::max<std::int64_t>(open - idle, 0));
    out.sample({{"provider", provider}, {"state", "idle"}}, idle);
  });
  auto tell = [&](std::string_view name, std::string_view help, auto member) {
    out.family(name, Type::counter, help);
    each_provider([&](std::size_t slot, std::string_view provider) {
      out.sample({{"provider", provider}}, sum(
                                               all, [ slot, member ](auto& worker) -> auto& {
                                                 return worker.pools[slot].*member;
                                               }));
    });
  };
  tell("byok_upstream_connects_total", "Connections to providers that were begun.",
       &upstream::PoolCounters::connects);
  tell("byok_upstream_connect_failures_total", "Of those, the ones that could not be made.",
       &upstream::PoolCounters::failures);
  tell("byok_upstream_reuses_total", "Calls that went over a connection that was there.",
       &upstream::PoolCounters::reuses);
}

void write_tenants(TextWriter& out, const Workers& all, const TenantNames& tenants) {
  out.family("byok_tenant_requests_total", Type::counter,
             "Requests of tenants, refused ones too: of the first that called, and of all others.");
  std::vector<std::string> names = tenants.names();
  for (std::size_t place = 0; place <= tenants.most(); ++place) {
    const bool rest = place == tenants.most();
    if (!rest && place >= names.size()) continue;
    for (std::size_t status = 0; status < status_class_names.size(); ++status) {
      std::uint64_t count = 0;
      for (const WorkerMetrics* worker : all) count += worker->tenants->value(place, status);
      if (count == 0) continue;
      out.sample({{"tenant", rest ? std::string_view("other") : names[place]},
                  {"code", status_class_names[status]}},
                 count);
    }
  }
}

}  // namespace

void write_workers(TextWriter& out, const Metrics& metrics, bool show_tenants_tokens) {
  const Workers all = metrics.workers();
  write_requests(out, all, metrics.routes());
  write_errors(out, all);
  write_clients(out, all);
  write_providers(out, all, show_tenants_tokens);
  write_pools(out, all);
  if (metrics.tenants() != nullptr) write_tenants(out, all, *metrics.tenants());
}

}  // namespace byok::service

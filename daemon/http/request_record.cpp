#include "daemon/http/request_record.hpp"

#include <algorithm>

#include "daemon/metrics/slots.hpp"
#include "daemon/service/trace_context.hpp"

namespace byok::http {
namespace {

using service::RequestNotes;
using Duration = RequestNotes::Clock::duration;

std::int64_t microseconds(Duration duration) {
  const auto count = std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
  return std::max<std::int64_t>(count, 0);
}

// Left out of the line where there is nothing to tell.
daemon::Field known(std::string_view name, std::string_view value) {
  return {value.empty() ? std::string_view() : name, value};
}

daemon::Field of_call(const RequestNotes& notes, std::string_view name, Duration duration) {
  return {notes.called ? name : std::string_view(), microseconds(duration)};
}

void write_line(const service::Worker& worker, const service::Exchange& exchange,
                const ServedRequest& served, Duration whole, Duration own) {
  const RequestNotes& notes = exchange.notes;
  const daemon::LogLevel level =
      exchange.config->settings.log.requests ? daemon::LogLevel::info : daemon::LogLevel::debug;
  worker.shared.log.log(
      level, "request",
      {{"requestId", exchange.id},
       known("traceId", service::trace_id(exchange.head.fields)),
       {"method", service::method_names[service::method_number(exchange.head.method)]},
       {"route", worker.shared.metrics.routes()[served.route]},
       {"status", served.status},
       {"complete", served.whole},
       known("error", notes.error ? code_name(*notes.error) : std::string_view()),
       {"peer", exchange.peer()},
       known("tenant", exchange.principal.tenant.view()),
       known("caller", exchange.principal.caller.view()),
       known("provider", notes.called ? metrics::provider_names()[*notes.called] : ""),
       {"durationUs", microseconds(whole)},
       {"ownUs", microseconds(own)},
       of_call(notes, "providerUs", notes.provider),
       of_call(notes, "firstByteUs", notes.first_byte),
       {"bytesIn", served.received_bytes},
       {"bytesOut", served.sent_bytes}});
}

bool wants_line(const service::Worker& worker, const service::Exchange& exchange) {
  return exchange.config->settings.log.requests ||
         worker.shared.log.enabled(daemon::LogLevel::debug);
}

}  // namespace

void record(service::Worker& worker, const service::Exchange& exchange,
            const ServedRequest& served) {
  service::WorkerMetrics& counts = worker.metrics;
  const RequestNotes& notes = exchange.notes;
  const std::size_t status = service::status_class_number(served.status);
  const Duration whole = RequestNotes::Clock::now() - notes.begun;
  const Duration own = whole - notes.provider - notes.client;
  counts.routes[served.route].requests[service::method_number(exchange.head.method)][status].add();
  counts.received_bytes.add(served.received_bytes);
  counts.sent_bytes.add(served.sent_bytes);
  if (notes.called) {
    counts.call_duration.observe(whole);
    counts.overhead.observe(own);
  } else {
    counts.own_duration.observe(whole);
  }
  if (counts.tenants && !exchange.principal.is_operator &&
      !exchange.principal.tenant.view().empty()) {
    counts.tenants->count(exchange.principal.tenant, status);
  }
  if (wants_line(worker, exchange)) write_line(worker, exchange, served, whole, own);
}

}  // namespace byok::http

#include "daemon/http/router.hpp"

#include <optional>

#include "daemon/http/authentication.hpp"
#include "daemon/http/query.hpp"
#include "daemon/http/reply.hpp"
#include "daemon/http/route_names.hpp"
#include "daemon/http/routes.hpp"
#include "daemon/http/status.hpp"
#include "daemon/service/provider_paths.hpp"
#include "daemon/service/tenants.hpp"
#include "daemon/service/trace_context.hpp"

namespace byok::http {
namespace {

using net::Awaitable;
using service::Worker;

// Whether `path` has the form of `pattern`, whose segments in braces fit any segment.
bool fits(std::string_view pattern, std::string_view path, PathParameters& parameters) {
  std::size_t next = 0;
  for (;;) {
    std::size_t pattern_end = pattern.find('/', 1);
    std::size_t path_end = path.find('/', 1);
    std::string_view wanted = pattern.substr(0, pattern_end);
    std::string_view got = path.substr(0, path_end);
    if (wanted.starts_with("/{")) {
      if (got.size() < 2) return false;
      parameters[next++] = got.substr(1);
    } else if (wanted != got) {
      return false;
    }
    bool pattern_ends = pattern_end == pattern.npos;
    bool path_ends = path_end == path.npos;
    if (pattern_ends || path_ends) return pattern_ends && path_ends;
    pattern.remove_prefix(pattern_end);
    path.remove_prefix(path_end);
  }
}

struct Match {
  const Route* route = nullptr;
  const Route* fitting = nullptr;  // the first whose pattern fits, whatever the method
  bool open = false;               // to anyone, whatever the route asks for
  std::string allowed;             // the methods of the routes whose pattern fits
  PathParameters parameters{};
};

bool under_ai(std::string_view path) { return path.starts_with("/ai/"); }

std::span<const Route> routes_under(std::string_view path) {
  if (under_ai(path)) return tenant_routes();
  if (path.starts_with("/admin/")) return operator_routes();
  if (path == "/links") return handover_routes();
  if (path.starts_with("/settings") || path == "/openapi.json") return page_routes();
  return public_routes();
}

Match find_route(const http1::RequestHead& head, std::span<const Route> routes) {
  Match match;
  for (const Route& route : routes) {
    PathParameters parameters{};
    if (!fits(route.pattern, head.path, parameters)) continue;
    if (!match.fitting) match.fitting = &route;
    if (!match.allowed.empty()) match.allowed += ", ";
    match.allowed += route.method;
    // HEAD is GET without the body (RFC 9110 section 9.3.2).
    bool same = route.method == head.method || (head.method == "HEAD" && route.method == "GET");
    if (same && !match.route) {
      match.route = &route;
      match.parameters = parameters;
    }
  }
  return match;
}

Result<void> check_access(Access access, const service::Principal& principal) {
  bool may = true;
  if (access == Access::manager) may = principal.is_operator || principal.scope == Scope::full;
  if (access == Access::operators) may = principal.is_operator;
  if (may) return {};
  return Error{Errc::forbidden, "this token's scope does not reach that far: use another token"};
}

// Who calls; the audit log counts those who are refused.
Result<service::Principal> admit(Worker& worker, Connection& connection, bool query_may_hold_key) {
  auto principal = authenticate(worker, connection.head, connection.proof(), query_may_hold_key);
  if (!principal && principal.error().code == Errc::unauthorized) {
    worker.shared.trail.count("authentication.refused", connection.peer());
  }
  return principal;
}

// Lets the caller in, where its tenant has not had its share. Operators are held to nothing: they
// set the limits, and must be able to mend what is wrong.
Result<void> let_in(Worker& worker, Connection& connection, const service::Principal& principal) {
  connection.principal = principal;
  if (principal.is_operator) {
    connection.let_body_dawdle();
    return {};
  }
  const store::LimitOverrides own = service::limits_of(worker, principal.tenant);
  // Those that are held to nothing as well: they count once a limit is set.
  auto admission =
      worker.shared.tenant_limits.admit(principal.tenant, service::TenantLimits::Clock::now(), own);
  if (!admission) {
    worker.metrics.rate_limited.add();
    return admission.error();
  }
  connection.admission = std::move(*admission);
  return {};
}

Awaitable<Result<Reply>> serve_route(Worker& worker, Connection& connection, const Match& match) {
  if (match.allowed.empty()) {
    return Error{Errc::not_found, "there is nothing at this path: see the API's description"};
  }
  if (!match.route) {
    return Error{Errc::method_not_allowed, "this path takes " + match.allowed};
  }
  const bool looks_itself =
      match.route->access == Access::anyone || match.route->access == Access::link_holder;
  if (!looks_itself && !match.open) {
    auto principal = admit(worker, connection, false);
    if (!principal) return principal.error();
    // Before the rest: what is refused takes of the tenant's share, too.
    Result<void> may = let_in(worker, connection, *principal);
    if (may) may = check_access(match.route->access, *principal);
    // What anybody may ask takes whatever a prober adds.
    if (may) may = check_query(connection.head.query, match.route->query);
    if (!may) return may.error();
  }
  return match.route->handler(worker, connection, match.parameters);
}

Awaitable<Result<void>> serve_provider(Worker& worker, Connection& connection,
                                       const service::ProviderPath& path) {
  bool gemini = path.provider->format == providers::Format::gemini;
  auto principal = admit(worker, connection, gemini);
  if (!principal) return principal.error();
  // A token for chats may be in everybody's hands.
  const bool narrow =
      principal->scope == Scope::chat && !service::is_inference(path, connection.head.method);
  Result<void> may = let_in(worker, connection, *principal);
  if (may) may = check_access(narrow ? Access::manager : Access::caller, *principal);
  if (!may) return may.error();
  return service::serve_provider_path(worker, connection, path);
}

// What tells of byokd itself is answered to the end.
bool is_about_byokd(const Route* route) {
  for (const Route& each : public_routes()) {
    if (route == &each) return true;
  }
  return false;
}

Result<void> check_drain(const Worker& worker, const Connection& connection, const Route* route) {
  if (!worker.draining || is_about_byokd(route) || connection.is_welcome()) return {};
  return Error{Errc::draining, "byokd is shutting down: try again"};
}

// What the caller may know of it. What broke inside is for the log; what is not as byokd wrote it,
// for the audit log too.
Error told(Worker& worker, Connection& connection, Error error) {
  worker.metrics.count_error(error.code);
  connection.notes.error = error.code;
  if (error.code == Errc::key_unreadable) {
    worker.shared.trail.count("key.unreadable", connection.peer(),
                              connection.principal.tenant.view());
  }
  if (error.code != Errc::internal) return error;
  const std::string_view trace = service::trace_id(connection.head.fields);
  worker.shared.log.error("request.failed",
                          {{"requestId", connection.id},
                           {trace.empty() ? std::string_view() : "traceId", trace},
                           {"reason", error.message()}});
  return {Errc::internal, "something broke inside byokd: its log says what"};
}

// Answers with the error, or breaks off an answer that was begun.
Awaitable<void> refuse(Connection& connection, Reply reply) {
  if (connection.begun()) {
    connection.abort();
    co_return;
  }
  co_await connection.answer(reply.status, reply.fields, reply.text());
}

Awaitable<void> refuse_api(Worker& worker, Connection& connection, const Match& match,
                           Error error) {
  error = told(worker, connection, std::move(error));
  Reply reply = error_reply(error, connection.id.view());
  if (error.code == Errc::method_not_allowed) reply.fields += "Allow: " + match.allowed + "\r\n";
  return refuse(connection, std::move(reply));
}

Awaitable<void> serve_api(Worker& worker, Connection& connection, Match match) {
  Result<Reply> reply = sent_reply();
  try {
    Result<void> may = check_drain(worker, connection, match.route);
    if (!may) {
      reply = may.error();
    } else {
      reply = co_await serve_route(worker, connection, match);
    }
  } catch (const std::exception& broken) {
    reply = Error{Errc::internal, broken.what()};
  }
  if (!reply) {
    co_await refuse_api(worker, connection, match, reply.error());
    co_return;
  }
  if (reply->sent) co_return;
  if (connection.begun()) {
    connection.abort();
    co_return;
  }
  co_await connection.answer(reply->status, reply->fields, reply->text());
}

// The error in the shape of the provider's API.
Awaitable<void> refuse_call(Worker& worker, Connection& connection,
                            const service::ProviderPath& path, Error error) {
  error = told(worker, connection, std::move(error));
  Reply reply = error_reply(error, connection.id.view());
  reply.body = service::provider_error(path, error, reply.status, connection.id.view());
  return refuse(connection, std::move(reply));
}

Awaitable<void> serve_call(Worker& worker, Connection& connection, service::ProviderPath path) {
  Result<void> served = check_drain(worker, connection, nullptr);
  try {
    if (served) served = co_await serve_provider(worker, connection, path);
  } catch (const std::exception& broken) {
    served = Error{Errc::internal, broken.what()};
  }
  if (!served) co_await refuse_call(worker, connection, path, served.error());
}

// Pages of other origins reach what tenants call, and nothing else.
CrossOrigin cross_origin(const Connection& connection, bool for_tenants) {
  if (!for_tenants) return {};
  return cross_origin_of(connection.config->settings.cors_origins, connection.head);
}

// To anybody, and while byokd drains too: the call itself is then let in or refused, and its page
// can read why.
Awaitable<void> answer_preflight(Connection& connection) {
  co_await connection.answer(204, preflight_fields, {});
}

}  // namespace

Awaitable<void> serve_request(Worker& worker, Connection& connection) {
  Match match = find_route(connection.head, routes_under(connection.head.path));
  std::optional<service::ProviderPath> path;
  if (match.allowed.empty()) {
    path = service::find_provider_path(connection.config->catalog, connection.head);
  }
  connection.cross_origin = cross_origin(connection, path || under_ai(connection.head.path));
  const bool preflight = !connection.cross_origin.origin.empty() && is_preflight(connection.head);
  if (path) {
    connection.route = provider_route_number(connection.head.path);
  } else if (const Route* route = preflight ? match.fitting : match.route) {
    connection.route = route_number(*route);
  }
  if (preflight) return answer_preflight(connection);
  if (path) return serve_call(worker, connection, *path);
  return serve_api(worker, connection, std::move(match));
}

Awaitable<void> serve_metrics_request(Worker& worker, Connection& connection) {
  Match match = find_route(connection.head, public_routes());
  if (match.route) connection.route = route_number(*match.route);
  match.open = true;
  return serve_api(worker, connection, std::move(match));
}

}  // namespace byok::http

#include "daemon/http/rotate_route.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <limits>

#include "common/time.hpp"
#include "daemon/http/json_body.hpp"
#include "daemon/service/audit.hpp"
#include "daemon/service/rotate_due.hpp"

namespace byok::http {
namespace {

namespace json = boost::json;
using net::Awaitable;

// The latest time that a DEK may have been made at to be due: any, without `olderThan`.
Result<UnixTime> made_by(const JsonBody& body) {
  if (auto known = body.only({"olderThan"}); !known) return known.error();
  auto age = body.text("olderThan");
  if (!age) return age.error();
  if (!*age) return std::numeric_limits<UnixTime>::max();
  auto duration = parse_duration(**age);
  if (!duration) {
    return Error{Errc::bad_request, "'olderThan' must be a duration, such as 90d or 12h",
                 "olderThan"};
  }
  return now() - duration->count() / 1000;
}

void add_line(std::string& out, const json::object& line) {
  out.append(json::serialize(line)).push_back('\n');
}

void add_error(std::string& out, const Error& error, json::object line) {
  line["ok"] = false;
  line["error"] = code_name(error.code);
  line["message"] = error.message();
  add_line(out, line);
}

// The counts so far.
struct Progress {
  std::uint64_t rotated = 0;
  std::uint64_t failed = 0;

  void add(const service::RotatedKeys& batch, std::string& out) {
    rotated += batch.rotated;
    failed += batch.failed.size();
    for (const service::UnrotatedKey& key : batch.failed) {
      json::object line;
      line["tenant"] = key.tenant.view();
      if (key.provider) line["provider"] = key.provider->view();
      add_error(out, key.error, std::move(line));
    }
  }
  void add_to(std::string& out, bool done) const {
    json::object line;
    if (done) line["done"] = true;
    line["rotated"] = rotated;
    line["failed"] = failed;
    add_line(out, line);
  }
};

}  // namespace

Awaitable<Result<Reply>> rotate_due_keys(service::Worker& worker, service::Exchange& exchange,
                                         const PathParameters&) {
  Result<JsonBody> body = co_await read_json(exchange);
  if (!body) co_return body.error();
  const Result<UnixTime> due = made_by(*body);
  if (!due) co_return due.error();

  Progress progress;
  std::optional<TenantId> after;
  for (bool more = true; more;) {
    const service::RotatedKeys batch =
        co_await service::rotate_due(worker, service::actor_of(exchange), after, *due);
    after = batch.next;
    more = after && !batch.refused;
    std::string out;
    progress.add(batch, out);
    progress.add_to(out, !more && !batch.refused);
    if (batch.refused) add_error(out, *batch.refused, {});
    bool there = exchange.begun();
    if (there) {
      there = co_await exchange.write(out);
    } else {
      there =
          co_await exchange.begin(200, "Content-Type: application/x-ndjson\r\n", std::nullopt, out);
    }
    if (!there) co_return sent_reply();
  }
  co_await exchange.end();
  co_return sent_reply();
}

}  // namespace byok::http

#include "daemon/http/audit_routes.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <limits>

#include "daemon/http/query.hpp"
#include "daemon/service/audit.hpp"

namespace byok::http {
namespace {

namespace json = boost::json;
using net::Awaitable;

constexpr std::uint64_t default_lines = 100;
constexpr std::uint64_t most_lines = 1000;

json::object problem_value(const audit::Problem& problem) {
  json::object value;
  value["file"] = problem.file.string();
  value["line"] = problem.line;
  value["message"] = problem.text;
  return value;
}

}  // namespace

Awaitable<Result<Reply>> show_audit(service::Worker& worker, service::Exchange& exchange,
                                    const PathParameters&) {
  Result<std::uint64_t> limit = number_in(exchange.head.query, "limit", default_lines, most_lines);
  if (!limit) return limit.error();
  json::array lines;
  for (const std::string& line : service::audit_tail(worker, *limit)) {
    boost::system::error_code failed;
    json::value value = json::parse(line, failed);
    // What somebody wrote into the file is shown as what it is.
    lines.push_back(failed ? json::value(line) : std::move(value));
  }
  json::object answer;
  answer["lines"] = std::move(lines);
  return Result<Reply>(json_reply(answer));
}

json::object verdict_value(const audit::Verdict& verdict) {
  json::array problems;
  for (const audit::Problem& problem : verdict.problems) {
    problems.push_back(problem_value(problem));
  }
  json::object answer;
  answer["ok"] = verdict.problems.empty();
  answer["files"] = verdict.files;
  answer["lines"] = verdict.lines;
  answer["first"] = verdict.first;
  answer["last"] = verdict.head.seq;
  answer["problems"] = std::move(problems);
  return answer;
}

Awaitable<Result<Reply>> verify_audit(service::Worker& worker, service::Exchange& exchange,
                                      const PathParameters&) {
  Result<std::uint64_t> from =
      number_in(exchange.head.query, "from", 1, std::numeric_limits<std::int64_t>::max());
  if (!from) co_return from.error();
  const audit::Verdict verdict = co_await service::verify_audit(worker, *from);
  co_return json_reply(verdict_value(verdict));
}

}  // namespace byok::http

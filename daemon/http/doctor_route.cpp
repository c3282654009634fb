#include "daemon/http/doctor_route.hpp"

#include <boost/json/array.hpp>

namespace byok::http {
namespace {

namespace json = boost::json;
using net::Awaitable;

std::string_view health_name(service::Health health) {
  switch (health) {
    case service::Health::good:
      return "ok";
    case service::Health::warning:
      return "warning";
    case service::Health::bad:
      return "bad";
  }
  return "bad";
}

}  // namespace

json::object diagnosis_value(const service::Diagnosis& diagnosis) {
  json::array checks;
  for (const service::Check& check : diagnosis.checks) {
    json::object value;
    value["check"] = check.name;
    value["status"] = health_name(check.health);
    value["message"] = check.text;
    checks.push_back(std::move(value));
  }
  json::array problems;
  for (const service::RecordProblem& problem : diagnosis.records.problems) {
    json::object value;
    value["tenant"] = problem.tenant.empty() ? json::value() : json::value(problem.tenant);
    value["record"] = problem.record;
    value["message"] = problem.text;
    problems.push_back(std::move(value));
  }
  json::object answer;
  answer["ok"] = diagnosis.good();
  answer["checks"] = std::move(checks);
  answer["problemCount"] = diagnosis.records.problem_count;
  answer["problems"] = std::move(problems);
  return answer;
}

Awaitable<Result<Reply>> show_diagnosis(service::Worker& worker, service::Exchange&,
                                        const PathParameters&) {
  const service::Diagnosis diagnosis = co_await service::examine(worker);
  co_return json_reply(diagnosis_value(diagnosis));
}

}  // namespace byok::http

#include "daemon/service/trace_context.hpp"

#include <doctest/doctest.h>

namespace byok::service {
namespace {

const std::string trace = "4bf92f3577b34da6a3ce929d0e0e4736";
const std::string span = "00f067aa0ba902b7";
const std::string good = "00-" + trace + "-" + span + "-01";

http1::Fields fields_of(const std::vector<std::pair<std::string, std::string>>& pairs) {
  http1::Fields fields;
  for (const auto& [name, value] : pairs) fields.push_back({name, value, http1::identify(name)});
  return fields;
}

TEST_CASE("a trace's id is told where the header is as the standard says") {
  struct Case {
    const char* name;
    std::string value;
    bool valid;
  };
  const Case cases[] = {
      {"version 00", good, true},
      {"not sampled", "00-" + trace + "-" + span + "-00", true},
      {"a later version", "01-" + trace + "-" + span + "-01", true},
      {"a later version with more behind", "cc-" + trace + "-" + span + "-01-what", true},
      {"version 00 with more behind", good + "-what", false},
      {"a later version that runs on", "cc-" + trace + "-" + span + "-01what", false},
      {"version ff", "ff-" + trace + "-" + span + "-01", false},
      {"upper case", "00-4BF92F3577B34DA6A3CE929D0E0E4736-" + span + "-01", false},
      {"no trace", "00-" + std::string(32, '0') + "-" + span + "-01", false},
      {"no span", "00-" + trace + "-" + std::string(16, '0') + "-01", false},
      {"not hexadecimal", "00-" + trace.substr(1) + "g-" + span + "-01", false},
      {"other separators", "00_" + trace + "_" + span + "_01", false},
      {"flags that are none", "00-" + trace + "-" + span + "-0x", false},
      {"short", good.substr(1), false},
      {"empty", "", false},
      {"a key", "sk-proj-0123456789012345678901234567890123456789012345678", false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const std::vector<std::pair<std::string, std::string>> pairs{{"TraceParent", c.value}};
    CHECK(trace_id(fields_of(pairs)) == (c.valid ? trace : ""));
    std::vector<providers::RequestHeader> headers;
    add_trace_context(fields_of(pairs), headers);
    CHECK(headers.size() == (c.valid ? 1 : 0));
  }
}

TEST_CASE("two parents are none") {
  const std::vector<std::pair<std::string, std::string>> pairs{{"traceparent", good},
                                                               {"traceparent", good}};
  CHECK(trace_id(fields_of(pairs)).empty());
}

TEST_CASE("the state goes with its parent, and not without") {
  const std::vector<std::pair<std::string, std::string>> with{
      {"tracestate", "a=1"}, {"traceparent", good}, {"tracestate", "b=2"}, {"x", "y"}};
  std::vector<providers::RequestHeader> headers{{"first", "1"}};
  add_trace_context(fields_of(with), headers);
  REQUIRE(headers.size() == 4);
  CHECK(headers[1].name == "traceparent");
  CHECK(headers[1].value == good);
  CHECK(headers[2].value == "a=1");
  CHECK(headers[3].value == "b=2");

  headers.clear();
  add_trace_context(fields_of({{"tracestate", "a=1"}, {"traceparent", "00-bad"}}), headers);
  CHECK(headers.empty());
}

}  // namespace
}  // namespace byok::service

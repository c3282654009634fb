// A table of requests and what they become for the provider of the model.
#pragma once

#include <doctest/doctest.h>

#include <initializer_list>

#include "daemon/providers/models.hpp"
#include "tests/providers/support.hpp"

namespace byok::providers::test {

struct RequestCase {
  std::string_view name;
  std::string model;  // Its name tells the provider.
  std::string request;
  std::string body;
  std::string dropped = {};  // With commas.
};

inline void check_requests(std::initializer_list<RequestCase> cases) {
  for (const RequestCase& c : cases) {
    CAPTURE(c.name);
    const Format format = *format_from_name(*provider_of_model(c.model));
    const auto written = translate_request(format, parse_object(c.request), c.model, false);
    REQUIRE_MESSAGE(written.has_value(), written.error().message());
    CAPTURE(written->body);
    CHECK(parse(written->body) == parse(c.body));
    std::string dropped;
    for (const std::string& each : written->dropped) dropped += (dropped.empty() ? "" : ",") + each;
    CHECK(dropped == c.dropped);
  }
}

}  // namespace byok::providers::test

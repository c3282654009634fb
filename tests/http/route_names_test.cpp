#include "daemon/http/route_names.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "daemon/service/worker_metrics.hpp"

namespace byok::http {
namespace {

TEST_CASE("every route has a number of its own, with its pattern for a name") {
  const std::vector<std::string> names = route_names();
  CHECK(names.size() <= service::WorkerMetrics::most_routes);
  std::vector<std::size_t> numbers;
  for (std::span<const Route> table :
       {tenant_routes(), operator_routes(), public_routes(), page_routes()}) {
    for (const Route& route : table) {
      const std::size_t number = route_number(route);
      REQUIRE(number < names.size());
      CHECK(names[number] == route.pattern);
      numbers.push_back(number);
    }
  }
  std::sort(numbers.begin(), numbers.end());
  CHECK(std::adjacent_find(numbers.begin(), numbers.end()) == numbers.end());
}

TEST_CASE("a path of the providers' counts under a fixed name") {
  struct Case {
    std::string_view path;
    std::string_view name;
  };
  const Case cases[] = {
      {"/v1/chat/completions", "/v1/chat/completions"},
      {"/v1/chat/completions/chatcmpl-1", "/v1/chat/completions"},
      {"/v1/chat/completionsx", "/v1"},
      {"/v1/messages/batches", "/v1/messages"},
      {"/v1/responses/r", "/v1/responses"},
      {"/v1/embeddings", "/v1/embeddings"},
      {"/v1/models/gemini-2.5-flash:generateContent", "/v1/models"},
      {"/v1/files", "/v1"},
      {"/v1beta/models/x:generateContent", "/v1beta"},
      {"/v1betax/models", "/{provider}"},
      {"/openai/v1/chat/completions", "/{provider}"},
      {"/sk-ant-api03-key/x", "/{provider}"},
  };
  const std::vector<std::string> names = route_names();
  for (const Case& c : cases) {
    CAPTURE(c.path);
    CHECK(names[provider_route_number(c.path)] == c.name);
  }
}

}  // namespace
}  // namespace byok::http

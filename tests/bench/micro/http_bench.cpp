// A request's head: taken in by the gate, and written anew for the provider.
#include <benchmark/benchmark.h>

#include <string>

#include "common/http1/chunked.hpp"
#include "daemon/http/gate.hpp"
#include "daemon/service/provider_call.hpp"
#include "daemon/upstream/response_head.hpp"

using namespace byok;

namespace {

// What OpenAI's SDK sends.
const std::string head =
    "POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:8484\r\nconnection: keep-alive\r\n"
    "accept: application/json\r\ncontent-type: application/json\r\nuser-agent: OpenAI/JS 7.57.0\r\n"
    "x-stainless-retry-count: 0\r\nx-stainless-lang: js\r\nx-stainless-package-version: 7.57.0\r\n"
    "x-stainless-os: Linux\r\nx-stainless-arch: x64\r\nx-stainless-runtime: node\r\n"
    "x-stainless-runtime-version: v22.23.3\r\nauthorization: Bearer "
    "byok_full_0123456789abcdefghijklmnopqrstuvwxyz0123456\r\naccept-language: *\r\n"
    "sec-fetch-mode: cors\r\naccept-encoding: gzip, deflate\r\ncontent-length: 123\r\n\r\n";
const std::string answer =
    "HTTP/1.1 200 OK\r\nDate: Mon, 23 Nov 2026 00:00:00 GMT\r\nContent-Type: application/json\r\n"
    "Content-Length: 600\r\nConnection: keep-alive\r\nopenai-processing-ms: 412\r\n"
    "openai-version: 2020-10-01\r\nx-ratelimit-limit-requests: 10000\r\n"
    "x-ratelimit-remaining-requests: 9999\r\nx-request-id: req_0123456789abcdef\r\n\r\n";

service::Provider openai() {
  upstream::Target target;
  target.host_field = "api.openai.com";
  return {*ProviderId::parse("openai"),
          providers::Format::openai,
          target,
          "authorization",
          "Bearer ",
          {}};
}

void gate(benchmark::State& state) {
  http1::RequestHead parsed;
  for (auto _ : state) {
    benchmark::DoNotOptimize(http::inspect(head, 0, parsed).verdict);
  }
}
BENCHMARK(gate);

void rewrite_request_head(benchmark::State& state) {
  http1::RequestHead parsed;
  http::inspect(head, 0, parsed);
  const service::Provider provider = openai();
  const service::CallKey key{Secret("sk-proj-0123456789abcdef0123456789abcdef"),
                             service::KeySource::tenant};
  for (auto _ : state) {
    service::RequestHeadWriter writer("POST", provider, "/v1/chat/completions");
    writer.add_callers(parsed.fields, service::KeySource::tenant);
    benchmark::DoNotOptimize(std::move(writer).finish(key, 123, false).reveal().size());
  }
}
BENCHMARK(rewrite_request_head);

void parse_answer_head(benchmark::State& state) {
  http1::ResponseHead parsed;
  for (auto _ : state) {
    benchmark::DoNotOptimize(upstream::parse_response_head(answer, 0, parsed));
  }
}
BENCHMARK(parse_answer_head);

void rewrite_answer_head(benchmark::State& state) {
  http1::ResponseHead parsed;
  upstream::parse_response_head(answer, 0, parsed);
  const service::Provider provider = openai();
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        service::answer_fields(parsed.fields, provider, service::KeySource::tenant).size());
  }
}
BENCHMARK(rewrite_answer_head);

}  // namespace

#include "daemon/service/embeddings.hpp"

#include "daemon/providers/embeddings.hpp"
#include "daemon/providers/json_read.hpp"
#include "daemon/service/own_call.hpp"
#include "daemon/service/provider_call.hpp"
#include "daemon/service/provider_request.hpp"
#include "daemon/service/refusals.hpp"

namespace byok::service {
namespace {

using net::Awaitable;

// What came of a call: the vectors, or the provider's refusal.
struct Outcome {
  std::string fields;
  providers::Embeddings embeddings{};
  std::optional<providers::UpstreamFailure> refusal{};
};

Awaitable<Result<Outcome>> embed(Worker& worker, Exchange& exchange, ModelChoice choice,
                                 const boost::json::object& request) {
  const Provider& provider = *choice.provider;
  auto asked = providers::translate_embeddings(provider.format, request, choice.model);
  if (!asked) co_return asked.error();
  const std::string dropped = dropped_field(asked->upstream.dropped);
  OwnCall call(worker, exchange, provider, choice.model);
  Result<const http1::ResponseHead*> head = co_await call.start(std::move(asked->upstream));
  if (!head) co_return head.error();
  const int status = (*head)->status;
  Outcome outcome{rewritten_answer_fields((*head)->fields, provider, call.source()) + dropped};
  std::string wait(http1::value_of((*head)->fields, "retry-after"));
  if (status / 100 != 2) {
    outcome.refusal = co_await call.refusal(status, std::move(wait));
    co_return outcome;
  }
  call.succeeded();
  Result<std::string> body = co_await read_all(call.upstream());
  call.meter().came();
  if (!body) {
    call.meter().broke();
    co_return body.error();
  }
  auto embeddings = providers::parse_embeddings(provider.format, *body, asked->count);
  if (!embeddings) {
    call.meter().broke();
    co_return embeddings.error();
  }
  call.meter().took({.input = embeddings->input_tokens});
  call.meter().finish();
  outcome.embeddings = std::move(*embeddings);
  co_return outcome;
}

Awaitable<Result<void>> answer_json(Exchange& exchange, const Outcome& outcome, std::string body) {
  co_await exchange.answer(200, "Content-Type: application/json\r\n" + outcome.fields, body);
  co_return Result<void>();
}

Result<boost::json::object> object_in(std::string_view body) {
  std::optional<boost::json::value> parsed = providers::parse_json(body);
  if (parsed && parsed->is_object()) return std::move(parsed->get_object());
  return Error{Errc::invalid_json, "the body must be a JSON object in UTF-8"};
}

}  // namespace

Awaitable<Result<void>> ai_embeddings(Worker& worker, Exchange& exchange) {
  Result<std::string_view> body =
      co_await exchange.read_body(exchange.config->settings.limits.max_body);
  if (!body) co_return body.error();
  Result<boost::json::object> request = object_in(*body);
  if (!request) co_return request.error();
  const std::string model(providers::string_or_empty(*request, "model"));
  if (model.empty() || model.size() > 256) {
    co_return Error{Errc::bad_request, "model must be a string of 1 to 256 bytes"};
  }
  Result<ModelChoice> choice = exchange.config->catalog.choose(model);
  if (!choice) co_return choice.error();
  Result<Outcome> outcome = co_await embed(worker, exchange, *choice, *request);
  if (!outcome) co_return outcome.error();
  if (outcome->refusal) co_return api_error(choice->provider->id.view(), *outcome->refusal);
  std::string answer = providers::write_ai_embeddings(outcome->embeddings, choice->model);
  co_return co_await answer_json(exchange, *outcome, std::move(answer));
}

Awaitable<Result<void>> openai_embeddings(Worker& worker, Exchange& exchange, std::string_view body,
                                          ModelChoice choice) {
  Result<boost::json::object> request = object_in(body);
  if (!request) co_return request.error();
  const std::string_view format = providers::string_or_empty(*request, "encoding_format");
  if (!format.empty() && format != "float" && format != "base64") {
    co_return Error{Errc::bad_request, "encoding_format must be \"float\" or \"base64\"",
                    "encoding_format"};
  }
  const bool packed = format == "base64";
  Result<Outcome> outcome = co_await embed(worker, exchange, choice, *request);
  if (!outcome) co_return outcome.error();
  if (outcome->refusal) {
    co_return co_await answer_as_openai(exchange, *outcome->refusal, outcome->fields);
  }
  std::string answer = providers::write_embeddings(outcome->embeddings, choice.model, packed);
  co_return co_await answer_json(exchange, *outcome, std::move(answer));
}

}  // namespace byok::service

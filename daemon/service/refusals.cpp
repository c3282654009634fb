#include "daemon/service/refusals.hpp"

namespace byok::service {
namespace {

Errc code_of(const providers::UpstreamFailure& failure) {
  if (failure.key == providers::KeyVerdict::rejected && failure.status == 401) {
    return Errc::key_rejected;
  }
  switch (failure.status) {
    case 400:
    case 404:
    case 413:
    case 422:
      return Errc::bad_request;
    case 429:
      return Errc::rate_limited;
    case 503:
      return Errc::overloaded;
    case 504:
      return Errc::provider_timeout;
    default:
      return Errc::provider_error;
  }
}

}  // namespace

Error api_error(std::string_view provider, const providers::UpstreamFailure& failure) {
  Error error(code_of(failure), std::string(provider) + ": " + failure.message);
  if (failure.retry_after) error.set_retry_after(*failure.retry_after);
  if (failure.retry_is_useless) error.set_retry_is_useless();
  return error;
}

net::Awaitable<Result<void>> answer_as_openai(Exchange& exchange,
                                              const providers::UpstreamFailure& failure,
                                              const std::string& fields) {
  std::string all = "Content-Type: application/json\r\n" + fields;
  if (failure.retry_after) all += "Retry-After: " + *failure.retry_after + "\r\n";
  // OpenAI's SDKs try again, unless they are told not to.
  if (failure.retry_is_useless) all += "X-Should-Retry: false\r\n";
  co_await exchange.answer(failure.status, all, providers::openai_failure_body(failure));
  co_return Result<void>();
}

}  // namespace byok::service

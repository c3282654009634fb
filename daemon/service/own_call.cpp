#include "daemon/service/own_call.hpp"

#include "daemon/providers/errors.hpp"
#include "daemon/providers/global_key.hpp"
#include "daemon/service/provider_request.hpp"
#include "daemon/service/trace_context.hpp"

namespace byok::service {

using net::Awaitable;

OwnCall::OwnCall(Worker& worker, Exchange& exchange, const Provider& provider,
                 std::string_view model)
    : worker_(worker),
      exchange_(exchange),
      provider_(provider),
      call_(worker.pool, provider.target),
      meter_(worker, exchange, provider, std::string(model)),
      watch_(exchange, [this] {
        meter_.left();
        call_.cancel();
      }) {}

Awaitable<Result<const http1::ResponseHead*>> OwnCall::start(providers::UpstreamRequest request,
                                                             std::string_view method) {
  request_ = std::move(request);
  add_trace_context(exchange_.head.fields, request_.headers);
  method_ = method;
  const TenantId& tenant = exchange_.principal.tenant;
  Result<CallKey> key = choose_key(worker_, tenant, provider_);
  if (!key) co_return key.error();
  source_ = key->source;
  version_ = key->version;
  if (source_ == KeySource::global) {
    Result<void> admitted = admit_global();
    if (!admitted) co_return admitted.error();
  }
  Result<SecretText> head = make_head(*key);
  // The header is written: from here on the key is nobody's business.
  key = Error{Errc::internal, ""};
  upstream::MakeHead again = [this]() -> Result<SecretText> {
    Result<CallKey> same = choose_same_key(worker_, exchange_.principal.tenant, provider_, source_);
    if (!same) return same.error();
    return make_head(*same);
  };
  meter_.sent(source_);
  Result<void> sent = co_await call_.send(std::move(*head), request_.body, true, true);
  if (!sent) co_return sent.error();
  Result<const http1::ResponseHead*> answered = co_await call_.answer_head(again);
  if (answered) meter_.answered((*answered)->status);
  co_return answered;
}

Result<SecretText> OwnCall::make_head(const CallKey& key) const {
  return request_head(method_, provider_, request_.path, request_.headers, key,
                      request_.body.size());
}

Result<void> OwnCall::admit_global() {
  // Google's models stand in the path.
  const std::string_view path = std::string_view(request_.path).substr(0, request_.path.find('?'));
  if (!providers::global_key_may_call(provider_.format, method_, path)) {
    return Error{Errc::global_key_not_allowed,
                 "the operator's key is not for this model: store a key of your own"};
  }
  if (request_.body.empty()) return {};
  Result<std::string> body =
      providers::body_for_global_key(provider_.format, request_.path, request_.body);
  if (!body) return body.error();
  request_.body = std::move(*body);
  return {};
}

void OwnCall::note(providers::KeyVerdict verdict) const {
  note_use(worker_, exchange_.principal.tenant, provider_, source_, version_, verdict);
}

void OwnCall::succeeded() const { note(providers::KeyVerdict::valid); }

Awaitable<providers::UpstreamFailure> OwnCall::refusal(int status, std::string retry_after) {
  Result<std::string> text = co_await read_all(call_);
  meter_.came();
  providers::UpstreamFailure failure = providers::read_failure(
      provider_.format, status, text.has_value() ? *text : std::string(), retry_after);
  note(failure.key);
  hide_operators_key(failure);
  co_return failure;
}

// The words of a refusal that is about the operator's key may repeat a part of it.
void OwnCall::hide_operators_key(providers::UpstreamFailure& failure) const {
  const bool about_key = failure.key == providers::KeyVerdict::rejected ||
                         failure.key == providers::KeyVerdict::restricted;
  if (source_ != KeySource::global) return;
  if (!about_key && failure.status != 401 && failure.status != 403) {
    if (providers::speaks_of_account(failure.message)) failure.message = operators_account;
    return;
  }
  failure.status = 502;
  failure.type = "server_error";
  failure.code = "provider_error";
  failure.message =
      provider_.id.str() + " refuses the operator's key: tell the operator, or store your own";
}

}  // namespace byok::service

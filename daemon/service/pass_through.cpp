#include "daemon/service/pass_through.hpp"

#include <fmt/format.h>

#include <exception>

#include "daemon/providers/global_key.hpp"
#include "daemon/service/asked_model.hpp"
#include "daemon/service/open_key.hpp"
#include "daemon/service/provider_call.hpp"
#include "daemon/service/relay.hpp"
#include "daemon/service/upload.hpp"

namespace byok::service {
namespace {

using net::Awaitable;

// What must be so before the operator's key is used for a caller's request. The body is held whole
// then.
Awaitable<Result<std::string>> admit_global(Exchange& exchange, const PassThrough& call) {
  const Provider& provider = *call.provider;
  std::string_view path = call.path();
  if (!providers::global_key_may_call(provider.format, exchange.head.method, path)) {
    co_return Error{Errc::global_key_not_allowed,
                    "the operator's key is for inference calls alone: store a key of your own"};
  }
  const std::uint64_t limit = exchange.config->settings.limits.max_body;
  const Error too_large{Errc::body_too_large,
                        "with the operator's key a body must fit limits.max_body"};
  if (call.body().size() > limit) co_return too_large;
  std::string body(call.body());
  while (!call.body_is_whole) {
    Result<std::string_view> piece = co_await exchange.read_piece();
    if (!piece) co_return piece.error();
    if (piece->empty()) break;
    if (body.size() + piece->size() > limit) co_return too_large;
    body += *piece;
  }
  if (body.empty()) co_return body;
  if (http1::find(exchange.head.fields, http1::FieldId::content_encoding)) {
    co_return Error{Errc::unsupported_media_type,
                    "with the operator's key a body must not be compressed"};
  }
  co_return providers::body_for_global_key(provider.format, path, body);
}

// How the body goes on.
struct Framing {
  std::optional<std::uint64_t> length;
  bool chunked = false;
};

Framing framing_of(const http1::RequestHead& head, const PassThrough& call) {
  if (call.body_is_whole) {
    if (!head.content_length && !head.chunked) return {};
    return {call.body().size(), false};
  }
  if (!head.content_length) return {std::nullopt, true};
  return {*head.content_length - call.received.size() + call.body().size(), false};
}

SecretText make_head(const Exchange& exchange, const PassThrough& call, const CallKey& key) {
  RequestHeadWriter writer(exchange.head.method, *call.provider, call.target);
  writer.add_callers(exchange.head.fields, key.source);
  Framing framing = framing_of(exchange.head, call);
  return std::move(writer).finish(key, framing.length, framing.chunked);
}

Result<SecretText> make_head_again(Relay& relay) {
  Result<CallKey> same = choose_same_key(relay.worker, relay.exchange.principal.tenant,
                                         *relay.asked.provider, relay.used.source);
  if (!same) return same.error();
  return make_head(relay.exchange, relay.asked, *same);
}

// What is left to do once all is relayed that will be. An error means that nothing was answered.
Result<void> conclude(Exchange& exchange, Result<void> relayed) {
  if (relayed || !exchange.begun()) return relayed;
  exchange.abort();
  return {};
}

// A request whose body has come whole, or that has none.
Awaitable<Result<void>> relay_whole(Worker& worker, Exchange& exchange, PassThrough call,
                                    UsedKey key, SecretText head) {
  Relay relay(worker, exchange, std::move(call), key);
  upstream::MakeHead again = [&relay] { return make_head_again(relay); };
  ClientWatch watch(exchange, [&relay] { relay.leave(); });
  relay.meter.sent(key.source);
  Result<void> relayed = co_await relay.call.send(std::move(head), relay.asked.body(), true,
                                                  exchange.head.method != "HEAD");
  if (!relayed) co_return relayed;
  Result<const http1::ResponseHead*> answered = co_await relay.call.answer_head(again);
  if (!answered) co_return answered.error();
  relayed = co_await relay_answer(relay, **answered);
  co_return conclude(exchange, std::move(relayed));
}

// One whose body is still to come, and goes up while the answer comes down.
Awaitable<Result<void>> relay_upload(Worker& worker, Exchange& exchange, PassThrough call,
                                     UsedKey key, SecretText head) {
  Relay relay(worker, exchange, std::move(call), key);
  const bool chunked = framing_of(exchange.head, relay.asked).chunked;
  std::string_view body = relay.asked.body();
  std::string first_chunk;
  if (chunked && !body.empty()) {
    first_chunk = fmt::format("{:x}\r\n{}\r\n", body.size(), body);
    body = first_chunk;
  }
  Upload upload(relay, chunked);
  ClientWatch watch(exchange, [&relay] { relay.leave(); });
  relay.meter.sent(key.source);
  upstream::MakeHead again = [&relay] { return make_head_again(relay); };
  Result<void> relayed = co_await relay.call.send(std::move(head), body, false, true);
  if (!relayed) co_return relayed;
  upload.start();
  std::exception_ptr broken;
  try {
    Result<const http1::ResponseHead*> answered = co_await relay.call.answer_head(again);
    if (answered) {
      relayed = co_await relay_answer(relay, **answered);
    } else {
      relayed = answered.error();
    }
  } catch (...) {
    broken = std::current_exception();
  }
  if (upload.running()) {
    // The answer came before the whole body went: the connection cannot serve another call.
    relay.call.cancel();
    exchange.hurry_body();
    co_await upload.wait();
  }
  if (broken) std::rethrow_exception(broken);
  if (!relayed && !exchange.begun() && upload.failed()) co_return upload.error();
  co_return conclude(exchange, std::move(relayed));
}

Awaitable<Result<void>> pass_with(Worker& worker, Exchange& exchange, PassThrough call,
                                  const CallKey& key) {
  SecretText head = make_head(exchange, call, key);
  auto relay = call.body_is_whole ? relay_whole : relay_upload;
  return relay(worker, exchange, std::move(call), {key.source, key.version}, std::move(head));
}

Awaitable<Result<void>> pass_with_global_key(Worker& worker, Exchange& exchange, PassThrough call) {
  Result<std::string> body = co_await admit_global(exchange, call);
  if (!body) co_return body.error();
  if (call.may_name_model) call.model = model_in_body(*body);
  call.rewritten = std::move(*body);
  call.body_is_whole = true;
  // Opened again now that the body is there, so that the key is not kept for so long.
  Awaitable<Result<void>> passing = [&]() -> Awaitable<Result<void>> {
    Result<CallKey> key =
        choose_same_key(worker, exchange.principal.tenant, *call.provider, KeySource::global);
    if (!key) return key.error();
    return pass_with(worker, exchange, std::move(call), *key);
  }();
  co_return co_await passing;
}

}  // namespace

// The key lives until the head is written, which is before this returns.
Awaitable<Result<void>> pass_through(Worker& worker, Exchange& exchange, PassThrough call) {
  Result<CallKey> key = choose_key(worker, exchange.principal.tenant, *call.provider);
  if (!key) return key.error();
  if (key->source == KeySource::global) {
    return pass_with_global_key(worker, exchange, std::move(call));
  }
  return pass_with(worker, exchange, std::move(call), *key);
}

}  // namespace byok::service

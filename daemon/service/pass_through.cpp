#include "daemon/service/pass_through.hpp"

#include <fmt/format.h>

#include <exception>

#include "daemon/net/waiting.hpp"
#include "daemon/providers/errors.hpp"
#include "daemon/providers/global_key.hpp"
#include "daemon/providers/probe.hpp"
#include "daemon/service/heartbeat.hpp"
#include "daemon/service/open_key.hpp"
#include "daemon/service/provider_call.hpp"
#include "daemon/service/provider_request.hpp"
#include "daemon/upstream/call.hpp"

namespace byok::service {
namespace {

using net::Awaitable;

std::string_view path_of(std::string_view target) { return target.substr(0, target.find('?')); }

// The rest of an upload on its way to the provider, beside whatever answers meanwhile.
class Upload {
 public:
  Upload(Exchange& exchange, upstream::Call& call, bool chunked)
      : exchange_(exchange), call_(call), chunked_(chunked) {}

  void start() {
    running_ = true;
    net::spawn(run());
  }
  bool running() const { return running_; }
  bool failed() const { return error_.has_value(); }
  const Error& error() const { return *error_; }

  // Waits until it reads no more of the client's body.
  Awaitable<void> wait() {
    if (running_) co_await done_.wait();
  }

 private:
  Awaitable<void> run() {
    try {
      co_await relay();
    } catch (const std::exception& broken) {
      fail({Errc::internal, broken.what()});
    }
    running_ = false;
    done_.wake();
  }

  Awaitable<void> relay() {
    for (;;) {
      Result<std::string_view> piece = co_await exchange_.read_piece();
      if (!piece) co_return fail(piece.error());
      bool last = piece->empty();
      // Once the provider has closed its side, what still comes is read and let go, so that the
      // client gets to read the answer that has come.
      if (!closed_) {
        Result<void> sent = co_await send(*piece);
        closed_ = !sent;
      }
      if (!last) continue;
      if (!closed_) call_.body_sent();
      exchange_.on_client_gone([this] { call_.cancel(); });
      co_return;
    }
  }

  void fail(Error error) {
    error_ = std::move(error);
    call_.cancel();
  }

  Awaitable<Result<void>> send(std::string_view piece) {
    if (!chunked_) co_return co_await call_.send_more(piece);
    if (piece.empty()) co_return co_await call_.send_more("0\r\n\r\n");
    std::string size = fmt::format("{:x}\r\n", piece.size());
    co_return co_await call_.send_more(size, piece, "\r\n");
  }

  Exchange& exchange_;
  upstream::Call& call_;
  bool chunked_;
  bool running_ = false;
  bool closed_ = false;
  std::optional<Error> error_;
  net::Signal done_;
};

// What must be so before the operator's key is used for a caller's request. The body is held whole
// then.
Awaitable<Result<std::string>> admit_global(Worker& worker, Exchange& exchange,
                                            const PassThrough& call) {
  const Provider& provider = *call.provider;
  std::string_view path = path_of(call.target);
  if (!providers::global_key_may_call(provider.format, exchange.head.method, path)) {
    co_return Error{Errc::global_key_not_allowed,
                    "the operator's key is for inference calls alone: store a key of your own"};
  }
  std::string body(call.body());
  if (!call.body_is_whole) {
    std::uint64_t limit = worker.shared.settings.limits.max_body;
    for (;;) {
      Result<std::string_view> piece = co_await exchange.read_piece();
      if (!piece) co_return piece.error();
      if (piece->empty()) break;
      if (body.size() + piece->size() > limit) {
        co_return Error{Errc::body_too_large,
                        "with the operator's key a body must fit limits.max_body"};
      }
      body += *piece;
    }
  }
  if (body.empty()) co_return body;
  if (http1::find(exchange.head.fields, http1::FieldId::content_encoding)) {
    co_return Error{Errc::unsupported_media_type,
                    "with the operator's key a body must not be compressed"};
  }
  co_return providers::body_for_global_key(provider.format, path, body);
}

// Whether an answer must be read before it goes on: errors may repeat parts of the operator's key,
// and lists of models name those of the operator's account.
bool must_be_read(const Exchange& exchange, const PassThrough& call, int status) {
  if (exchange.head.method == "HEAD") return false;
  if (status >= 400) return true;
  return status < 300 && exchange.head.method == "GET" &&
         providers::lists_models(call.provider->format, path_of(call.target));
}

// An answer to a call that bore the operator's key, without what is the operator's alone.
Awaitable<Result<void>> answer_read(Exchange& exchange, upstream::Call& call,
                                    const Provider& provider, int status, std::string fields) {
  Result<std::string> text = co_await read_all(call);
  if (!text) co_return text.error();
  if (status < 300) {
    text = providers::models_for_global_key(provider.format, *text);
    if (!text) co_return text.error();
  }
  auto verdict = providers::judge_probe(provider.format, status, *text);
  if (status >= 400 && (verdict == providers::KeyVerdict::rejected ||
                        verdict == providers::KeyVerdict::restricted)) {
    Error refused(Errc::provider_error,
                  "the provider refuses the operator's key: tell the operator, or store a key of "
                  "your own");
    text = providers::error_body(provider.format, refused, status, exchange.id.view());
    fields = "Content-Type: application/json\r\n";
  }
  co_await exchange.answer(status, fields, *text);
  co_return Result<void>();
}

Awaitable<bool> end_of_body(Exchange& exchange) {
  co_await exchange.end();
  co_return false;
}

// Hands on what was read of the answer's body. Whether there may be more.
Awaitable<bool> pass_on(Exchange& exchange, const Result<std::string_view>& piece) {
  if (!piece) {
    exchange.abort();
    return false;
  }
  if (!piece->empty()) return exchange.write(*piece);
  return end_of_body(exchange);
}

Awaitable<void> relay_body(Exchange& exchange, upstream::Call& call) {
  for (bool more = true; more;) {
    Result<std::string_view> piece = co_await call.read_piece();
    more = co_await pass_on(exchange, piece);
  }
}

// Likewise, and keeps what an error's text needs of it in `seen`.
Awaitable<void> relay_refusal(Exchange& exchange, upstream::Call& call, std::string& seen) {
  constexpr std::size_t enough = 64 * 1024;
  for (bool more = true; more;) {
    Result<std::string_view> piece = co_await call.read_piece();
    if (piece && seen.size() < enough) seen += *piece;
    more = co_await pass_on(exchange, piece);
  }
}

// Server-sent events that byokd can add one to.
bool is_event_stream(const http1::ResponseHead& head) {
  const http1::Field* type = http1::find(head.fields, http1::FieldId::content_type);
  return type && type->value.starts_with("text/event-stream") && !head.content_length &&
         !http1::find(head.fields, http1::FieldId::content_encoding);
}

// Whether a stream that has ended in these bytes stands between two events.
class EventBoundary {
 public:
  void pass(std::string_view bytes) {
    if (bytes.size() < most) tail_ += bytes;
    if (bytes.size() >= most) tail_ = bytes.substr(bytes.size() - most);
    if (tail_.size() > most) tail_.erase(0, tail_.size() - most);
  }
  bool here() const { return tail_.empty() || tail_.ends_with("\n\n") || tail_ == "\r\n\r\n"; }

 private:
  static constexpr std::size_t most = 4;
  std::string tail_;
};

// As relay_body, with a sign of life where the provider is silent between two events.
Awaitable<void> relay_events(Exchange& exchange, upstream::Call& call, EventBoundary& boundary,
                             Heartbeat& heartbeat) {
  for (bool more = true; more;) {
    if (boundary.here()) heartbeat.start();
    Result<std::string_view> piece = co_await call.read_piece();
    co_await heartbeat.hush();
    if (piece) boundary.pass(*piece);
    more = co_await pass_on(exchange, piece);
    heartbeat.written();
  }
}

// What is left of a key once the head is written.
struct UsedKey {
  KeySource source;
  std::uint64_t version;
};

// One call under way: what the functions below share.
struct Relay {
  Relay(Worker& on, Exchange& with, PassThrough to, UsedKey by)
      : worker(on),
        exchange(with),
        asked(std::move(to)),
        used(by),
        call(on.pool, asked.provider->target) {}

  Worker& worker;
  Exchange& exchange;
  PassThrough asked;
  UsedKey used;
  upstream::Call call;
};

void note(const Relay& relay, providers::KeyVerdict verdict) {
  note_use(relay.worker, relay.exchange.principal.tenant, *relay.asked.provider, relay.used.source,
           relay.used.version, verdict);
}

// Whether a refusal may be about the key, which only its body tells.
bool may_refuse_key(int status) { return status == 400 || status == 401 || status == 403; }

// What a status tells of the key by itself.
providers::KeyVerdict verdict_of(int status) {
  return status / 100 == 2 ? providers::KeyVerdict::valid : providers::KeyVerdict::unknown;
}

Awaitable<Result<void>> finish_answer(Relay& relay, Awaitable<bool> writing) {
  co_await writing;
  relay.call.finish();
  co_return Result<void>();
}

Awaitable<bool> answer_without_body(Exchange& exchange, int status, std::string fields,
                                    std::optional<std::uint64_t> length) {
  bool begun = co_await exchange.begin(status, fields, length, std::string_view());
  if (!begun) co_return false;
  co_return co_await exchange.end();
}

Awaitable<Result<void>> relay_stream(Relay& relay, int status, std::string fields,
                                     std::optional<std::uint64_t> length, std::string_view first,
                                     bool events) {
  EventBoundary boundary;
  boundary.pass(first);
  bool begun = co_await relay.exchange.begin(status, fields, length, first);
  if (!begun) co_return Result<void>();
  if (events) {
    auto with = [&](Heartbeat& heartbeat) {
      return relay_events(relay.exchange, relay.call, boundary, heartbeat);
    };
    co_await with_heartbeat(relay.worker, relay.exchange,
                            heartbeat_of(relay.asked.provider->format), with);
  } else if (may_refuse_key(status)) {
    std::string text(first);
    co_await relay_refusal(relay.exchange, relay.call, text);
    note(relay, providers::judge_probe(relay.asked.provider->format, status, text));
  } else {
    co_await relay_body(relay.exchange, relay.call);
  }
  co_return Result<void>();
}

// From the answer's head to its last byte.
Awaitable<Result<void>> relay_answer(Relay& relay, const http1::ResponseHead& head) {
  const PassThrough& asked = relay.asked;
  std::string fields = answer_fields(head.fields, *asked.provider, relay.used.source);
  if (relay.used.source == KeySource::global && must_be_read(relay.exchange, asked, head.status)) {
    return answer_read(relay.exchange, relay.call, *asked.provider, head.status, std::move(fields));
  }
  const bool events = is_event_stream(head);
  if (!may_refuse_key(head.status)) note(relay, verdict_of(head.status));
  Result<std::string_view> first = relay.call.piece_at_hand();
  if (!first) return first.error();
  if (!relay.call.ended()) {
    return relay_stream(relay, head.status, std::move(fields), head.content_length, *first, events);
  }
  if (may_refuse_key(head.status)) {
    note(relay, providers::judge_probe(asked.provider->format, head.status, *first));
  }
  // A length that speaks of a body which HEAD leaves out is not ours to recompute.
  if (first->empty() && head.content_length.value_or(0) > 0) {
    return finish_answer(relay, answer_without_body(relay.exchange, head.status, std::move(fields),
                                                    head.content_length));
  }
  Awaitable<bool> writing = relay.exchange.answer(head.status, fields, *first);
  if (!writing.await_ready()) return finish_answer(relay, std::move(writing));
  relay.call.finish();
  return Result<void>();
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
  ClientWatch watch(exchange, [&relay] { relay.call.cancel(); });
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
  Upload upload(exchange, relay.call, chunked);
  ClientWatch watch(exchange, nullptr);
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
  Result<std::string> body = co_await admit_global(worker, exchange, call);
  if (!body) co_return body.error();
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

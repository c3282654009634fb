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

// From the answer's head to its last byte.
Awaitable<Result<void>> relay_answer(Worker& worker, Exchange& exchange, upstream::Call& call,
                                     const upstream::MakeHead& again, const PassThrough& asked,
                                     KeySource source) {
  Result<const http1::ResponseHead*> head = co_await call.answer_head(again);
  if (!head) co_return head.error();
  int status = (*head)->status;
  std::optional<std::uint64_t> length = (*head)->content_length;
  std::string fields = answer_fields((*head)->fields, *asked.provider, source);
  if (source == KeySource::global && must_be_read(exchange, asked, status)) {
    co_return co_await answer_read(exchange, call, *asked.provider, status, std::move(fields));
  }
  const bool events = is_event_stream(**head);
  Result<std::string_view> first = call.piece_at_hand();
  if (!first) co_return first.error();
  if (call.ended()) {
    // A length that speaks of a body which HEAD leaves out is not ours to recompute.
    if (first->empty() && length.value_or(0) > 0) {
      co_await exchange.begin(status, fields, length, {});
      co_await exchange.end();
    } else {
      co_await exchange.answer(status, fields, *first);
    }
    call.finish();
    co_return Result<void>();
  }
  EventBoundary boundary;
  boundary.pass(*first);
  if (!co_await exchange.begin(status, fields, length, *first)) co_return Result<void>();
  if (events) {
    auto relay = [&](Heartbeat& heartbeat) {
      return relay_events(exchange, call, boundary, heartbeat);
    };
    co_await with_heartbeat(worker, exchange, heartbeat_of(asked.provider->format), relay);
  } else {
    co_await relay_body(exchange, call);
  }
  co_return Result<void>();
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

}  // namespace

Awaitable<Result<void>> pass_through(Worker& worker, Exchange& exchange, PassThrough call) {
  const Provider& provider = *call.provider;
  Result<CallKey> key = choose_key(worker, exchange.principal.tenant, provider);
  if (!key) co_return key.error();
  KeySource source = key->source;

  if (source == KeySource::global) {
    Result<std::string> body = co_await admit_global(worker, exchange, call);
    if (!body) co_return body.error();
    call.rewritten = std::move(*body);
    call.body_is_whole = true;
  }
  Framing framing = framing_of(exchange.head, call);
  auto make_head = [&](const CallKey& with) {
    RequestHeadWriter writer(exchange.head.method, provider, call.target);
    writer.add_callers(exchange.head.fields, source);
    return std::move(writer).finish(with, framing.length, framing.chunked);
  };
  SecretText head = make_head(*key);
  // The header is written: from here on the key is nobody's business.
  key = Error{Errc::internal, ""};
  auto head_again = [&]() -> Result<SecretText> {
    Result<CallKey> same = choose_same_key(worker, exchange.principal.tenant, provider, source);
    if (!same) return same.error();
    return make_head(*same);
  };
  upstream::MakeHead again = std::ref(head_again);

  upstream::Call outgoing(worker.pool, provider.target);
  Upload upload(exchange, outgoing, framing.chunked);
  std::string_view body = call.body();
  std::string first_chunk;
  if (framing.chunked && !body.empty()) {
    first_chunk = fmt::format("{:x}\r\n{}\r\n", body.size(), body);
    body = first_chunk;
  }
  ClientWatch watch(exchange, nullptr);
  if (call.body_is_whole) exchange.on_client_gone([&outgoing] { outgoing.cancel(); });
  Result<void> relayed = co_await outgoing.send(std::move(head), body, call.body_is_whole,
                                                exchange.head.method != "HEAD");
  std::exception_ptr broken;
  if (relayed) {
    if (!call.body_is_whole) upload.start();
    try {
      relayed = co_await relay_answer(worker, exchange, outgoing, again, call, source);
    } catch (...) {
      broken = std::current_exception();
    }
  }
  if (upload.running()) {
    // The answer came before the whole body went: the connection cannot serve another call.
    outgoing.cancel();
    exchange.hurry_body();
    co_await upload.wait();
  }
  if (broken) std::rethrow_exception(broken);
  if (!relayed && !exchange.begun() && upload.failed()) co_return upload.error();
  if (!relayed && exchange.begun()) {
    exchange.abort();
    co_return Result<void>();
  }
  co_return relayed;
}

}  // namespace byok::service

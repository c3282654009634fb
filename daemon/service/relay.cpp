#include "daemon/service/relay.hpp"

#include "daemon/providers/errors.hpp"
#include "daemon/providers/global_key.hpp"
#include "daemon/providers/probe.hpp"
#include "daemon/service/heartbeat.hpp"
#include "daemon/service/own_call.hpp"
#include "daemon/service/provider_call.hpp"
#include "daemon/service/provider_request.hpp"

namespace byok::service {
namespace {

using net::Awaitable;

// As much of a refusal as tells why.
constexpr std::size_t longest_refusal = 64 * 1024;

// Whether an answer must be read before it goes on: errors may repeat parts of the operator's key,
// and lists of models name those of the operator's account.
bool must_be_read(const Exchange& exchange, const PassThrough& call, int status) {
  if (exchange.head.method == "HEAD") return false;
  if (status >= 400) return true;
  return status < 300 && exchange.head.method == "GET" &&
         providers::lists_models(call.provider->format, call.path());
}

// An answer to a call that bore the operator's key, without what is the operator's alone.
// `coded`: in a content coding, though none was asked for.
Awaitable<Result<void>> answer_read(Relay& relay, int status, std::string fields, bool coded) {
  Exchange& exchange = relay.exchange;
  const Provider& provider = *relay.asked.provider;
  Result<std::string> text = co_await read_all(relay.call);
  relay.meter.came();
  if (!text) {
    relay.meter.broke();
    co_return text.error();
  }
  if (status < 300) {
    text = providers::models_for_global_key(provider.format, *text);
    if (!text) {
      relay.meter.broke();
      co_return text.error();
    }
  }
  relay.tap->pass(*text);
  relay.count();
  if (status >= 400) {
    auto verdict = providers::judge_probe(provider.format, status, *text);
    std::string_view words;
    if (verdict == providers::KeyVerdict::rejected ||
        verdict == providers::KeyVerdict::restricted || status == 401 || status == 403) {
      words =
          "the provider refuses the operator's key: tell the operator, or store a key of your own";
    } else if (coded || providers::speaks_of_account(*text)) {
      words = operators_account;
    }
    if (!words.empty()) {
      const Error refused(Errc::provider_error, std::string(words));
      text = providers::error_body(provider.format, refused, status, exchange.id.view());
      fields = "Content-Type: application/json\r\n";
    }
  }
  co_await exchange.answer(status, fields, *text);
  co_return Result<void>();
}

Awaitable<bool> end_of_body(Exchange& exchange) {
  co_await exchange.end();
  co_return false;
}

// Hands on what was read of the answer's body. Whether there may be more.
Awaitable<bool> pass_on(Relay& relay, const Result<std::string_view>& piece) {
  if (!piece) {
    relay.meter.broke();
    relay.count();
    relay.exchange.abort();
    return false;
  }
  if (piece->empty()) {
    relay.count();
    return end_of_body(relay.exchange);
  }
  relay.tap->pass(*piece);
  return relay.exchange.write(*piece);
}

Awaitable<void> relay_body(Relay& relay) {
  for (bool more = true; more;) {
    Result<std::string_view> piece = co_await relay.call.read_piece();
    more = co_await pass_on(relay, piece);
  }
}

// Likewise, and keeps what an error's text needs of it in `seen`.
Awaitable<void> relay_refusal(Relay& relay, std::string& seen) {
  for (bool more = true; more;) {
    Result<std::string_view> piece = co_await relay.call.read_piece();
    if (piece && seen.size() < longest_refusal) seen += *piece;
    more = co_await pass_on(relay, piece);
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
Awaitable<void> relay_events(Relay& relay, EventBoundary& boundary, Heartbeat& heartbeat) {
  for (bool more = true; more;) {
    if (boundary.here()) heartbeat.start();
    Result<std::string_view> piece = co_await relay.call.read_piece();
    co_await heartbeat.hush();
    if (piece) boundary.pass(*piece);
    more = co_await pass_on(relay, piece);
    heartbeat.written();
  }
}

void note(const Relay& relay, providers::KeyVerdict verdict) {
  note_use(relay.worker, relay.exchange.principal.tenant, *relay.asked.provider, relay.used.source,
           relay.used.version, verdict);
}

// Whether a refusal may be about the key, which only its body tells.
bool may_refuse_key(int status) { return status == 400 || status == 401 || status == 403; }

// What a refusal tells of the key, in the coding that it came in.
providers::KeyVerdict judge_refusal(const Relay& relay, int status, std::string_view coding,
                                    std::string_view body) {
  const providers::Format format = relay.asked.provider->format;
  if (coding.empty()) return providers::judge_probe(format, status, body);
  return providers::judge_probe(format, status,
                                upstream::decoded_beginning(coding, body, longest_refusal));
}

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
                                     bool events, std::string coding) {
  EventBoundary boundary;
  boundary.pass(first);
  bool begun = co_await relay.exchange.begin(status, fields, length, first);
  if (!begun) co_return Result<void>();
  std::string().swap(fields);  // a stream may last for long
  if (events) {
    auto with = [&](Heartbeat& heartbeat) { return relay_events(relay, boundary, heartbeat); };
    co_await with_heartbeat(relay.worker, relay.exchange,
                            heartbeat_of(relay.asked.provider->format), with);
  } else if (may_refuse_key(status)) {
    std::string text(first);
    co_await relay_refusal(relay, text);
    note(relay, judge_refusal(relay, status, coding, text));
  } else {
    co_await relay_body(relay);
  }
  co_return Result<void>();
}

}  // namespace

Awaitable<Result<void>> relay_answer(Relay& relay, const http1::ResponseHead& head) {
  const PassThrough& asked = relay.asked;
  relay.meter.answered(head.status);
  relay.tap.emplace(asked.provider->format, relay.exchange.head.method, head);
  std::string fields = answer_fields(head.fields, *asked.provider, relay.used.source);
  if (relay.used.source == KeySource::global && must_be_read(relay.exchange, asked, head.status)) {
    const bool coded = http1::find(head.fields, http1::FieldId::content_encoding) != nullptr;
    return answer_read(relay, head.status, std::move(fields), coded);
  }
  const bool events = is_event_stream(head);
  std::string coding;
  if (!may_refuse_key(head.status)) {
    note(relay, verdict_of(head.status));
  } else {
    coding = http1::value_of(head.fields, "content-encoding");
  }
  Result<std::string_view> first = relay.call.piece_at_hand();
  if (!first) {
    relay.meter.broke();
    return first.error();
  }
  relay.tap->pass(*first);
  if (!relay.call.ended()) {
    return relay_stream(relay, head.status, std::move(fields), head.content_length, *first, events,
                        std::move(coding));
  }
  relay.meter.came_with_head();
  if (may_refuse_key(head.status)) {
    note(relay, judge_refusal(relay, head.status, coding, *first));
  }
  relay.count();
  // A length that speaks of a body which HEAD leaves out is not ours to recompute, nor one to make
  // up where GET would have none. 204 has neither (RFC 9110 section 8.6).
  const bool unknown = relay.exchange.head.method == "HEAD" && !head.content_length;
  const bool announced = head.content_length.value_or(0) > 0;
  if (first->empty() && (announced || unknown) && head.status != 204) {
    return finish_answer(relay, answer_without_body(relay.exchange, head.status, std::move(fields),
                                                    head.content_length));
  }
  Awaitable<bool> writing = relay.exchange.answer(head.status, fields, *first);
  if (!writing.await_ready()) return finish_answer(relay, std::move(writing));
  relay.call.finish();
  return Result<void>();
}

}  // namespace byok::service

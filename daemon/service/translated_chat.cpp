#include "daemon/service/translated_chat.hpp"

#include "daemon/providers/errors.hpp"
#include "daemon/providers/sse.hpp"
#include "daemon/providers/thinking_blocks.hpp"
#include "daemon/service/heartbeat.hpp"
#include "daemon/service/own_call.hpp"
#include "daemon/service/provider_call.hpp"
#include "daemon/service/provider_request.hpp"

namespace byok::service {
namespace {

using net::Awaitable;

// An error that the provider told inside an answer, as it may be shown.
Error shown(Error error, KeySource source) {
  if (source == KeySource::global && providers::speaks_of_account(error.message())) {
    return {error.code, std::string(operators_account)};
  }
  return error;
}

providers::TokenCounts counts_of(const providers::Usage& usage) {
  return {usage.prompt, usage.completion};
}

// What the answer thought before it called a tool: kept before the client has the answer, whose
// next request may come at once.
class Thinking {
 public:
  Thinking(TenantMemory& memory, const TenantId& tenant, std::string_view model)
      : memory_(memory), tenant_(tenant), collector_(model) {}

  void add(const providers::ChatAnswer& answer) { collector_.add(answer); }
  void add(const providers::ChatEvent& event) { collector_.add(event); }
  void keep() {
    if (kept_ || collector_.call_id().empty()) return;
    memory_.keep(tenant_, collector_.call_id(), collector_.kept());
    kept_ = true;
  }

 private:
  TenantMemory& memory_;
  const TenantId& tenant_;
  providers::ThinkingCollector collector_;
  bool kept_ = false;
};

Awaitable<Result<void>> answer_whole(Exchange& exchange, OwnCall& call, providers::Format format,
                                     const std::string& fields, ChatSurface& surface,
                                     Thinking& thinking) {
  Result<std::string> body = co_await read_all(call.upstream());
  call.meter().came();
  if (!body) {
    call.meter().broke();
    co_return body.error();
  }
  Result<providers::ChatAnswer> answer = providers::parse_answer(format, *body, exchange.id.view());
  if (!answer) {
    call.meter().broke();
    co_return shown(answer.error(), call.source());
  }
  call.meter().took(counts_of(answer->usage));
  call.meter().finish();
  thinking.add(*answer);
  thinking.keep();
  std::string text = surface.whole(*answer);
  co_await exchange.answer(200, "Content-Type: application/json\r\n" + fields, text);
  co_return Result<void>();
}

// Reads the provider's stream to its end, or to the client's; what cannot be read ends it with an
// error.
Awaitable<void> relay_stream(Exchange& exchange, OwnCall& call, providers::Format format,
                             ChatSurface& surface, Thinking& thinking, Heartbeat& heartbeat) {
  providers::SseSplitter splitter;
  providers::StreamTranslator translator(format, exchange.id.view());
  std::vector<providers::SseEvent> lines;
  std::vector<providers::ChatEvent> events;
  std::string out;
  bool told_end = false;
  // On to the body's very end, which may come behind the last event: only then can the connection
  // serve another call.
  for (bool last = false; !last;) {
    lines.clear();
    events.clear();
    out.clear();
    if (!translator.ended()) heartbeat.start();
    Result<std::string_view> piece = co_await call.upstream().read_piece();
    co_await heartbeat.hush();
    last = !piece || piece->empty();
    bool readable = !piece || (last ? splitter.finish(lines) : splitter.feed(*piece, lines));
    for (const providers::SseEvent& line : lines) translator.feed(line, events);
    if (piece && last) translator.finish(events);
    for (providers::ChatEvent& event : events) {
      if (auto* error = std::get_if<Error>(&event)) {
        call.meter().broke();
        *error = shown(std::move(*error), call.source());
      }
      thinking.add(event);
      surface.event(event, out);
    }
    call.meter().took(counts_of(translator.usage()));
    if (translator.ended()) thinking.keep();
    if (!translator.ended() && (!piece || !readable)) {
      call.meter().broke();
      // Whatever broke the stream, its callers know one code for it.
      out += surface.broken({Errc::provider_error, piece ? "the provider sent too long an event"
                                                         : piece.error().message()});
      last = true;
    }
    if (last || translator.ended()) call.meter().finish();
    if (!out.empty()) {
      if (!co_await exchange.write(out)) co_return;
      heartbeat.written();
    }
    // What failed is over; the provider is not asked for more of it.
    if (!events.empty() && std::holds_alternative<Error>(events.back())) break;
    if (translator.ended() && !std::exchange(told_end, true)) {
      if (!co_await exchange.end()) co_return;
    }
  }
  if (!told_end) co_await exchange.end();
}

}  // namespace

Awaitable<Result<void>> translated_chat(Worker& worker, Exchange& exchange, ChatCall asked,
                                        ChatSurface& surface) {
  const Provider& provider = *asked.provider;
  const TenantId& tenant = exchange.principal.tenant;
  if (provider.format != providers::Format::openai) {
    providers::restore_thinking(asked.request, asked.model, [&](std::string_view call_id) {
      return worker.shared.thinking.recall(tenant, call_id);
    });
  }
  Result<providers::UpstreamRequest> request =
      providers::translate_request(provider.format, asked.request, asked.model, asked.stream);
  if (!request) co_return request.error();

  const std::string dropped = dropped_field(request->dropped);
  OwnCall call(worker, exchange, provider, asked.model);
  Result<const http1::ResponseHead*> answered = co_await call.start(std::move(*request));
  if (!answered) co_return answered.error();

  const int status = (*answered)->status;
  const KeySource source = call.source();
  const std::string fields =
      rewritten_answer_fields((*answered)->fields, provider, source) + dropped;
  std::string wait(http1::value_of((*answered)->fields, "retry-after"));
  surface.begin({provider, asked.model, source, exchange.id.view()});
  if (status / 100 != 2) {
    const providers::UpstreamFailure failure = co_await call.refusal(status, std::move(wait));
    co_return co_await surface.refused(exchange, failure, fields);
  }
  call.succeeded();
  Thinking thinking(worker.shared.thinking, tenant, asked.model);
  Result<void> served;
  if (!asked.stream) {
    served = co_await answer_whole(exchange, call, provider.format, fields, surface, thinking);
  } else if (co_await exchange.begin(
                 200, "Content-Type: text/event-stream\r\nCache-Control: no-cache\r\n" + fields,
                 std::nullopt, {})) {
    auto relay = [&](Heartbeat& heartbeat) {
      return relay_stream(exchange, call, provider.format, surface, thinking, heartbeat);
    };
    co_await with_heartbeat(worker, exchange, heartbeat_of(providers::Format::openai), relay);
  }
  co_return served;
}

}  // namespace byok::service

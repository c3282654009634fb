#include "daemon/service/chat.hpp"

#include "daemon/providers/ai_chat.hpp"
#include "daemon/providers/errors.hpp"
#include "daemon/providers/global_key.hpp"
#include "daemon/providers/probe.hpp"
#include "daemon/service/open_key.hpp"
#include "daemon/service/provider_request.hpp"

namespace byok::service {
namespace {

using net::Awaitable;

std::string common_fields(const Provider& provider, KeySource source) {
  return "X-Byok-Provider: " + provider.id.str() +
         "\r\nX-Byok-Key-Source: " + std::string(source_name(source)) + "\r\n";
}

// What a provider's refusal means to somebody who does not speak its language.
Error refusal(const Provider& provider, KeySource source, int status, std::string_view body) {
  auto verdict = providers::judge_probe(provider.format, status, body);
  bool about_key =
      verdict == providers::KeyVerdict::rejected || verdict == providers::KeyVerdict::restricted;
  if (source == KeySource::global && about_key) {
    // The provider's words may repeat a part of the operator's key.
    return {
        Errc::provider_error,
        provider.id.str() + " refuses the operator's key: tell the operator, or store your own"};
  }
  std::string text = provider.id.str() + ": " + providers::error_message(provider.format, body);
  if (verdict == providers::KeyVerdict::rejected) return {Errc::key_rejected, text};
  switch (status) {
    case 400:
    case 404:
    case 413:
    case 422:
      return {Errc::bad_request, text};
    case 429:
      return {Errc::rate_limited, text};
    case 503:
    case 529:
      return {Errc::overloaded, text};
    case 504:
      return {Errc::provider_timeout, text};
    default:
      return {Errc::provider_error, text};
  }
}

Awaitable<Result<void>> answer_whole(Exchange& exchange, upstream::Call& call,
                                     providers::Format format, const std::string& fields,
                                     const providers::ChatContext& context) {
  Result<std::string> body = co_await read_all(call);
  if (!body) co_return body.error();
  Result<providers::ChatAnswer> answer = providers::parse_answer(format, *body);
  if (!answer) co_return answer.error();
  std::string text = providers::write_ai_answer(*answer, context);
  co_await exchange.answer(200, "Content-Type: application/json\r\n" + fields, text);
  co_return Result<void>();
}

// Reads the provider's stream to its end, or to the client's; what cannot be read ends it with an
// error line.
Awaitable<void> relay_stream(Exchange& exchange, upstream::Call& call, providers::Format format,
                             const providers::ChatContext& context) {
  providers::SseSplitter splitter;
  providers::StreamTranslator translator(format);
  providers::AiChatStream writer(context);
  std::vector<providers::SseEvent> lines;
  std::vector<providers::ChatEvent> events;
  std::string out;
  // On to the body's very end, which may come behind the last event: only then can the connection
  // serve another call.
  for (bool last = false; !last;) {
    lines.clear();
    events.clear();
    out.clear();
    Result<std::string_view> piece = co_await call.read_piece();
    last = !piece || piece->empty();
    bool readable = !piece || (last ? splitter.finish(lines) : splitter.feed(*piece, lines));
    for (const providers::SseEvent& line : lines) translator.feed(line, events);
    if (piece && last) translator.finish(events);
    for (const providers::ChatEvent& event : events) writer.write(event, out);
    if (!translator.ended() && (!piece || !readable)) {
      // Whatever broke the stream, its callers know one code for it.
      out += providers::write_ai_stream_error(
          {Errc::provider_error,
           piece ? "the provider sent too long an event" : piece.error().message});
      last = true;
    }
    if (!out.empty() && !co_await exchange.write(out)) co_return;
  }
  co_await exchange.end();
}

}  // namespace

Awaitable<Result<void>> chat(Worker& worker, Exchange& exchange) {
  Result<std::string_view> body =
      co_await exchange.read_body(worker.shared.settings.limits.max_body);
  if (!body) co_return body.error();
  Result<providers::AiChat> asked = providers::parse_ai_chat(*body);
  if (!asked) co_return asked.error();
  Result<ModelChoice> choice = worker.shared.catalog.choose(asked->model);
  if (!choice) co_return choice.error();
  const Provider& provider = *choice->provider;
  Result<providers::UpstreamRequest> request =
      providers::translate_request(provider.format, asked->request, choice->model, asked->stream);
  if (!request) co_return request.error();

  Result<CallKey> key = choose_key(worker, exchange.principal.tenant, provider);
  if (!key) co_return key.error();
  KeySource source = key->source;
  if (source == KeySource::global) {
    Result<std::string> admitted =
        providers::body_for_global_key(provider.format, request->path, request->body);
    if (!admitted) co_return admitted.error();
    request->body = std::move(*admitted);
  }
  auto make_head = [&](const CallKey& with) {
    return request_head("POST", provider, request->path, request->headers, with,
                        request->body.size());
  };
  SecretText head = make_head(*key);
  key = Error{Errc::internal, ""};
  auto head_again = [&]() -> Result<SecretText> {
    Result<CallKey> same = choose_same_key(worker, exchange.principal.tenant, provider, source);
    if (!same) return same.error();
    return make_head(*same);
  };

  upstream::Call call(worker.pool, provider.target);
  ClientWatch watch(exchange, [&call] { call.cancel(); });
  Result<void> sent = co_await call.send(std::move(head), request->body, true, true);
  if (!sent) co_return sent.error();
  Result<const http1::ResponseHead*> answered = co_await call.answer_head(std::ref(head_again));
  if (!answered) co_return answered.error();
  int status = (*answered)->status;
  if (status / 100 != 2) {
    Result<std::string> text = co_await read_all(call);
    co_return refusal(provider, source, status, text ? *text : std::string());
  }
  std::string fields = common_fields(provider, source);
  std::string model(choice->model);
  providers::ChatContext context{provider.id.view(), model, source_name(source),
                                 exchange.id.view()};
  if (!asked->stream) {
    co_return co_await answer_whole(exchange, call, provider.format, fields, context);
  }
  if (co_await exchange.begin(
          200, "Content-Type: text/event-stream\r\nCache-Control: no-cache\r\n" + fields,
          std::nullopt, {})) {
    co_await relay_stream(exchange, call, provider.format, context);
  }
  co_return Result<void>();
}

}  // namespace byok::service

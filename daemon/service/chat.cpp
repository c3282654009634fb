#include "daemon/service/chat.hpp"

#include <optional>

#include "daemon/providers/ai_chat.hpp"
#include "daemon/service/refusals.hpp"
#include "daemon/service/translated_chat.hpp"

namespace byok::service {
namespace {

using net::Awaitable;

class AiSurface : public ChatSurface {
 public:
  void begin(const ChatAnswerer& answerer) override {
    provider_ = answerer.provider.id.str();
    context_ = {provider_, answerer.model, source_name(answerer.source), answerer.request_id};
    stream_.emplace(context_);
  }
  std::string whole(const providers::ChatAnswer& answer) override {
    return providers::write_ai_answer(answer, context_);
  }
  void event(const providers::ChatEvent& event, std::string& out) override {
    stream_->write(event, out);
  }
  std::string broken(const Error& error) override {
    return providers::write_ai_stream_error(error, context_.log_id);
  }
  Awaitable<Result<void>> refused(Exchange&, const providers::UpstreamFailure& failure,
                                  const std::string&) override {
    return Result<void>(api_error(provider_, failure));
  }

 private:
  std::string provider_;
  providers::ChatContext context_;
  std::optional<providers::AiChatStream> stream_;
};

}  // namespace

Awaitable<Result<void>> chat(Worker& worker, Exchange& exchange) {
  Result<std::string_view> body =
      co_await exchange.read_body(exchange.config->settings.limits.max_body);
  if (!body) co_return body.error();
  Result<providers::AiChat> asked = providers::parse_ai_chat(*body);
  if (!asked) co_return asked.error();
  Result<ModelChoice> choice = exchange.config->catalog.choose(asked->model);
  if (!choice) co_return choice.error();
  AiSurface surface;
  ChatCall call{std::move(asked->request), choice->provider, choice->model, asked->stream};
  Result<void> served = co_await translated_chat(worker, exchange, std::move(call), surface);
  if (!served && asked->has_system_prompt) co_return providers::renumbered(served.error());
  co_return served;
}

}  // namespace byok::service

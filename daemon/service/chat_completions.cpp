#include "daemon/service/chat_completions.hpp"

#include <optional>

#include "common/time.hpp"
#include "daemon/providers/json_read.hpp"
#include "daemon/providers/legacy_functions.hpp"
#include "daemon/providers/openai_surface.hpp"
#include "daemon/service/refusals.hpp"
#include "daemon/service/translated_chat.hpp"

namespace byok::service {
namespace {

using net::Awaitable;

class CompletionSurface : public ChatSurface {
 public:
  explicit CompletionSurface(const boost::json::object& request) {
    const boost::json::object* options = providers::find_object(request, "stream_options");
    context_.include_usage = options && providers::is_true(*options, "include_usage");
    context_.legacy_functions = providers::has_legacy_functions(request);
    context_.created = now();
  }

  void begin(const ChatAnswerer& answerer) override {
    context_.model = answerer.model;
    context_.request_id = answerer.request_id;
    stream_.emplace(context_);
  }
  std::string whole(const providers::ChatAnswer& answer) override {
    return providers::write_completion(answer, context_);
  }
  void event(const providers::ChatEvent& event, std::string& out) override {
    stream_->write(event, out);
  }
  std::string broken(const Error& error) override {
    return providers::write_completion_error(error);
  }
  Awaitable<Result<void>> refused(Exchange& exchange, const providers::UpstreamFailure& failure,
                                  const std::string& fields) override {
    return answer_as_openai(exchange, failure, fields);
  }

 private:
  providers::CompletionContext context_;
  std::optional<providers::CompletionStream> stream_;
};

}  // namespace

Awaitable<Result<void>> chat_completions(Worker& worker, Exchange& exchange, std::string_view body,
                                         ModelChoice choice) {
  std::optional<boost::json::value> parsed = providers::parse_json(body);
  if (!parsed || !parsed->is_object()) {
    co_return Error{Errc::invalid_json, "the body must be a JSON object in UTF-8"};
  }
  boost::json::object& request = parsed->get_object();
  const boost::json::value* stream = request.if_contains("stream");
  if (stream && !stream->is_null() && !stream->is_bool()) {
    co_return Error{Errc::bad_request, "stream must be true or false", "stream"};
  }
  const bool streamed = providers::is_true(request, "stream");
  CompletionSurface surface(request);
  ChatCall call{std::move(request), choice.provider, choice.model, streamed};
  co_return co_await translated_chat(worker, exchange, std::move(call), surface);
}

}  // namespace byok::service

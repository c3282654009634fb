#include "daemon/providers/chat.hpp"

#include <fmt/format.h>

#include <array>

#include "daemon/providers/chat_formats.hpp"
#include "daemon/providers/errors.hpp"
#include "daemon/providers/json_read.hpp"
#include "daemon/providers/legacy_functions.hpp"

namespace byok::providers {
namespace {

struct FormatFunctions {
  Result<UpstreamRequest> (*request)(const json::object&, std::string_view, bool);
  Result<ChatAnswer> (*answer)(const json::object&, std::string_view);
  std::unique_ptr<StreamReader> (*stream)(std::string_view);
};

// In the order of the enumerators.
constexpr std::array functions = {
    FormatFunctions{openai_request, openai_answer, openai_stream},
    FormatFunctions{anthropic_request, anthropic_answer, anthropic_stream},
    FormatFunctions{gemini_request, gemini_answer, gemini_stream},
};

const FormatFunctions& of(Format format) { return functions[static_cast<std::size_t>(format)]; }

}  // namespace

Error malformed_answer(std::string_view what) {
  return {Errc::provider_error, fmt::format("the provider's answer {}", what)};
}

Result<UpstreamRequest> translate_request(Format format, const json::object& request,
                                          std::string_view model, bool stream) {
  if (format != Format::openai && has_legacy_functions(request)) {
    return of(format).request(without_legacy_functions(request), model, stream);
  }
  return of(format).request(request, model, stream);
}

Result<ChatAnswer> parse_answer(Format format, std::string_view body, std::string_view request_id) {
  const std::optional<json::object> answer = parse_json_object(body);
  if (!answer) return malformed_answer("is not a JSON object");
  if (given(*answer, "error") != nullptr) {
    return Error{Errc::provider_error, error_message(format, body)};
  }
  return of(format).answer(*answer, request_id);
}

StreamTranslator::StreamTranslator(Format format, std::string_view request_id)
    : reader_(of(format).stream(request_id)) {}
StreamTranslator::~StreamTranslator() = default;
StreamTranslator::StreamTranslator(StreamTranslator&&) noexcept = default;
StreamTranslator& StreamTranslator::operator=(StreamTranslator&&) noexcept = default;

void StreamTranslator::feed(const SseEvent& event, std::vector<ChatEvent>& out) {
  reader_->feed(event, out);
}
void StreamTranslator::finish(std::vector<ChatEvent>& out) { reader_->finish(out); }
bool StreamTranslator::ended() const { return reader_->ended(); }
const Usage& StreamTranslator::usage() const { return reader_->usage(); }

}  // namespace byok::providers

#include "daemon/providers/chat_stream.hpp"

#include <algorithm>
#include <utility>

#include "daemon/providers/errors.hpp"
#include "daemon/providers/json_read.hpp"
#include "daemon/providers/text.hpp"

namespace byok::providers {

void StreamReader::feed(const SseEvent& event, ChatEvents& out) {
  if (ended_ || is_blank(event.data)) return;
  // Not JSON; OpenAI's mark for the end, which others have taken over.
  if (event.data == "[DONE]") return end(out);

  const std::optional<json::object> data = parse_json_object(event.data);
  if (!data) return fail("the provider's stream holds something that is not JSON", out);
  const json::value* error = data->if_contains("error");
  if ((error != nullptr && !error->is_null()) || event.event == "error") {
    return fail(error_message(format_, event.data), out);
  }
  read(*data, event.event, out);
}

void StreamReader::finish(ChatEvents& out) {
  if (ended_) return;
  if (may_close()) return end(out);
  fail("the provider's stream broke off", out);
}

void StreamReader::start(std::string_view id, std::string_view model, ChatEvents& out) {
  if (std::exchange(started_, true)) return;
  out.push_back(StreamStart{std::string(id), std::string(model)});
}

bool StreamReader::open(std::uint64_t choice, ChatEvents& out) {
  constexpr std::uint64_t max_choices = 128;
  if (choice >= max_choices) {
    fail("the provider's stream numbers a choice beyond all bounds", out);
    return false;
  }
  if (choice >= finished_.size()) finished_.resize(choice + 1, false);
  return true;
}

void StreamReader::finish_choice(std::size_t choice, std::string_view reason,
                                 std::string_view native, ChatEvents& out) {
  if (finished_[choice]) return;
  finished_[choice] = true;
  out.push_back(Finish{choice, std::string(reason), std::string(native)});
}

void StreamReader::set_usage(const Usage& usage) {
  usage_ = usage;
  has_usage_ = true;
}

void StreamReader::end(ChatEvents& out) {
  if (!all_finished()) return fail("the provider's stream ended without a reason", out);
  if (has_usage_) out.push_back(usage_);
  out.push_back(StreamDone{});
  ended_ = true;
}

void StreamReader::fail(std::string message, ChatEvents& out) {
  out.push_back(Error{Errc::provider_error, std::move(message)});
  ended_ = true;
}

bool StreamReader::all_finished() const {
  return !finished_.empty() && std::ranges::find(finished_, false) == finished_.end();
}

}  // namespace byok::providers

// The streamed answer of POST /ai/chat: text as it comes, then what the call has used.
#pragma once

#include <boost/json/value.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "cli/outcome.hpp"
#include "cli/sse.hpp"

namespace byok::cli {

// What an answer says of itself. Absent counts are "-".
struct ChatSummary {
  std::string model;
  std::string provider;
  std::string key_source;
  std::string input_tokens;
  std::string output_tokens;
  std::string log_id;

  // From the answer's JSON, or from a stream's last event.
  static ChatSummary of(const boost::json::value& answer);
  // For -v, on one line.
  std::string str() const;
};

class ChatStream {
 public:
  // Called with each stretch of text of the answer.
  using OnText = std::function<void(std::string_view)>;
  explicit ChatStream(OnText on_text);

  // The next bytes of the event stream.
  void take(std::string_view piece) { events_.take(piece); }

  // To be asked once the stream has ended: fails where it told of an error, or ended too early.
  Outcome<ChatSummary> finish() const;

 private:
  void take_event(std::string_view data);

  OnText on_text_;
  SseReader events_;
  std::optional<Outcome<ChatSummary>> end_;
};

}  // namespace byok::cli

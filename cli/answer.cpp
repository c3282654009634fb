#include "cli/answer.hpp"

#include <unistd.h>

#include <csignal>

#include "cli/json.hpp"
#include "cli/json_output.hpp"
#include "cli/output.hpp"
#include "cli/signals.hpp"
#include "cli/spinner.hpp"
#include "cli/text.hpp"

namespace byok::cli {
namespace {

// Writes an answer's text and keeps it, and sees to it that the last line is ended.
class AnswerText {
 public:
  explicit AnswerText(Spinner& spinner) : spinner_(spinner) {}

  void write(std::string_view text) {
    if (text.empty()) return;
    spinner_.stop();
    whole_ += text;
    // Off a terminal the text is data, to be kept as it is.
    print(on_terminal_ ? without_controls(text) : std::string(text));
  }
  std::string end() {
    spinner_.stop();
    if (!whole_.empty() && whole_.back() != '\n') print("\n");
    return std::move(whole_);
  }

 private:
  Spinner& spinner_;
  bool on_terminal_ = isatty(STDOUT_FILENO) == 1;
  std::string whole_;
};

Outcome<ChatSummary> stream_answer(Client& client, const Call& call, std::string_view body,
                                   AnswerText& text) {
  ChatStream answer([&text](std::string_view piece) { text.write(piece); });
  auto received =
      client.stream(call, body, [&answer](std::string_view piece) { answer.take(piece); });
  if (!received) return received.error();
  return answer.finish();
}

Outcome<ChatSummary> whole_answer(Client& client, const Call& call, std::string_view body,
                                  bool as_json, AnswerText& text) {
  auto answer = client.call(call, body);
  if (!answer) return answer.error();
  if (as_json) {
    text.end();
    print_json(answer->text());
  } else {
    text.write(text_at(answer->json, "text"));
  }
  return ChatSummary::of(answer->json);
}

}  // namespace

Answered ask(Client& client, std::string_view body, const AnswerStyle& style) {
  const Call call{"POST", "/ai/chat", "chat"};
  // Held also so that the sign of waiting is gone before the program is.
  HeldSignals signals({SIGINT});
  client.interrupt_by(signals.fd());
  Spinner spinner(!style.quiet && moves_cursor(STDERR_FILENO));
  AnswerText text(spinner);
  auto end = style.stream ? stream_answer(client, call, body, text)
                          : whole_answer(client, call, body, style.json, text);
  client.interrupt_by(-1);
  return {text.end(), std::move(end)};
}

}  // namespace byok::cli

// A conversation at the terminal: asks for questions, shows answers, obeys commands.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/answer.hpp"
#include "cli/chat_commands.hpp"
#include "cli/chat_history.hpp"
#include "cli/conversation.hpp"
#include "cli/line_editor.hpp"
#include "cli/signals.hpp"

namespace byok::cli {

struct SessionOptions {
  Conversation conversation;            // what it begins with
  std::vector<Attachment> attachments;  // that go with the first question
  std::string history_file;             // empty for none
  bool stream = true;
  bool verbose = false;  // tell of model and tokens after each answer
};

class ChatSession {
 public:
  // `context` and `client` outlive it.
  ChatSession(const Context& context, Client& client, SessionOptions options);

  // Until the person leaves. What goes wrong with one question is told, and the conversation goes
  // on.
  void run();

 private:
  std::optional<std::string> read_input();
  void take_input(const std::string& input);
  void remember(const std::string& input);
  Outcome<void> obey(const CommandLine& line);

  bool ask(const Question& question);
  void ask_typed(const std::string& text);
  Outcome<void> retry();
  Outcome<void> choose_model(const std::string& name);
  void change_system(const std::string& text);
  Outcome<void> attach_file(const std::string& path);
  void announce(const Attachment& attachment) const;
  Outcome<void> save(const std::string& path);
  const std::vector<std::string>& models();

  const Context& context_;
  Client& client_;
  SessionOptions options_;
  Conversation& conversation_;
  ChatHistory history_;
  HeldSignals interrupts_;
  LineEditor editor_;
  std::optional<std::vector<std::string>> models_;
  bool left_ = false;
};

}  // namespace byok::cli

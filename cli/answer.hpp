// One question put to byokd, and its answer shown as it comes.
#pragma once

#include <string>
#include <string_view>

#include "cli/chat_stream.hpp"
#include "cli/client.hpp"

namespace byok::cli {

struct AnswerStyle {
  bool stream = true;  // what `body` asks for
  bool json = false;   // print the API's answer as it is; not for a stream
  bool quiet = false;  // no sign of waiting
};

struct Answered {
  std::string text;          // all that came, also where it failed then
  Outcome<ChatSummary> end;  // Exit::interrupted where SIGINT ended it: the connection is closed
};

// Sends `body` to POST /ai/chat and prints the text of the answer on stdout, cleaned of control
// characters where that is a terminal. A SIGINT that ended it is still pending afterwards.
Answered ask(Client& client, std::string_view body, const AnswerStyle& style);

}  // namespace byok::cli

// A conversation with a model as data: what was asked and answered, and what is sent of it.
#pragma once

#include <string>
#include <vector>

#include "cli/attachment.hpp"

namespace byok::cli {

struct Question {
  std::string text;
  std::vector<Attachment> attachments;
};

struct Turn {
  Question question;
  std::string answer;
  std::string model;        // that was asked
  bool broken_off = false;  // the answer is what came before it was stopped, or failed
};

struct Conversation {
  std::string model;   // for the next question; empty where none was chosen
  std::string system;  // the system prompt; empty for none
  std::vector<Turn> turns;
};

// The body of POST /ai/chat that asks `question` after all of `conversation`. What is not UTF-8 in
// it is replaced.
std::string request_body(const Conversation& conversation, const Question& question, bool stream);

}  // namespace byok::cli

// What can be typed at the prompt of a conversation beside questions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/outcome.hpp"

namespace byok::cli {

enum class ChatCommand { model, system, file, retry, clear, save, help, exit };

struct CommandLine {
  ChatCommand command;
  std::string argument;  // without white space around it; empty where none was given
};

// A line that begins with a slash and a word; nothing for any other, which is a question, and so is
// one that begins with a path or with a blank. Exit::usage where there is no such command; the
// message then names the nearest.
Outcome<std::optional<CommandLine>> read_command(std::string_view line);

// "/model" and so on.
std::vector<std::string> command_names();

// A line for each, and what keys do.
std::string command_help();

}  // namespace byok::cli

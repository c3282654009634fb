// Questions to the person at the terminal.
#pragma once

#include <string_view>

#include "cli/outcome.hpp"
#include "common/file_descriptor.hpp"
#include "common/secret.hpp"

namespace byok::cli {

// Whether somebody can be asked: standard input is a terminal.
bool can_ask();

// The terminal itself, for reading and writing, whatever stdout and stderr lead to. Only where
// can_ask() says yes.
FileDescriptor open_terminal();

// A secret typed after `question` without being shown; one line of standard input where nobody can
// be asked. Whatever ends or stops the program meanwhile, the terminal shows what is typed again
// first. An empty answer is Exit::usage.
Outcome<Secret> ask_secret(std::string_view question);

// A yes to `question`. Exit::usage where the answer is another, or where nobody can be asked: the
// message then names `option`, which gives the consent beforehand.
Outcome<void> confirm(std::string_view question, std::string_view option);

}  // namespace byok::cli

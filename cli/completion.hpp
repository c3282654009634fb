// Completion of byok's command line for the scripts in completions/: they call
//   byok __complete SHELL WORD...
// with the words behind the program's name up to the cursor, as they are typed, and get
//   "words", "words nospace" (no blank comes behind them) or "files PREFIX" (the shell's own names
//   of files, behind PREFIX), then for words one a line: in bash with the quoting that it needs, in
//   zsh and fish a tab and what it is behind it.
#pragma once

#include <CLI/CLI.hpp>

namespace byok::cli {

// Whether a shell asks.
bool asks_for_completion(int argc, const char* const* argv);

// Answers it on stdout, within little more than a second.
void complete(const CLI::App& app, int argc, const char* const* argv);

}  // namespace byok::cli

// What stands at the cursor of a command line that is still being typed.
#pragma once

#include <CLI/CLI.hpp>

#include <set>
#include <string>
#include <vector>

namespace byok::cli {

struct Place {
  enum class Kind { command, option, value, nothing };
  Kind kind = Kind::nothing;
  const CLI::App* command = nullptr;    // the last one named
  const CLI::Option* option = nullptr;  // whose value it is; also of an argument
  std::string before;                   // of the word, what stands before the value: "--model="
  std::string typed;                    // the word's rest, up to the cursor
  std::set<const CLI::Option*> given;   // the options that stand before the cursor
  std::vector<std::string> arguments;   // the command's own, before the cursor
  // The values of the options that every command takes; empty where they are not given.
  std::string addr;
  std::string tenant;
  std::string token_file;
};

// `words` stand behind the program's name; the last is what the cursor is at, perhaps empty. Never
// fails: of a line that makes no sense, as much is understood as makes some.
Place find_place(const CLI::App& app, const std::vector<std::string>& words);

}  // namespace byok::cli

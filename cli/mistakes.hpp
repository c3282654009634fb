// What is said of a command line that makes no sense.
#pragma once

#include <CLI/CLI.hpp>

#include <string>

namespace byok::cli {

// What is wrong, and what to do, about what parse() threw. What was typed is not repeated unless it
// can be no key.
std::string mistake(const CLI::App& app, const CLI::ParseError& error);

}  // namespace byok::cli

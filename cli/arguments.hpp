// The command line as a whole: its options, its commands, and what is said where it makes no sense.
#pragma once

#include <CLI/CLI.hpp>

#include "cli/context.hpp"

namespace byok::cli {

// Gives `app` the global options and every command; parsing fills `context`, which must outlive
// `app`. `version` is what --version prints.
void describe(CLI::App& app, Context& context, const std::string& version);

// Answers what parse() threw: the help or the version on stdout, or the mistake on stderr. What was
// typed is not repeated unless it can be no key. Returns the exit code.
Exit explain(const CLI::App& app, const CLI::ParseError& error);

}  // namespace byok::cli

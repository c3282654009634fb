// What may be said of words on a command line that are not understood: they may be a key.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <string_view>

namespace byok {

// An option's name without its value ("--tenant" of "--tenant=acme"); empty for anything else, and
// for what is too long to be one.
std::string option_name(std::string_view word);

// The long option of `app`, or of the commands above it, that `word` is most likely meant for;
// empty where none is near.
std::string nearest_option(const CLI::App& app, std::string_view word);

// What the parser says, where it names options and counts, or is a check of ours, whose messages
// begin with "must " and repeat no value. Empty otherwise.
std::string harmless_message(const CLI::ParseError& error);

}  // namespace byok

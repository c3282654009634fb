// Where a provider's key is taken from, and how it is sent.
#pragma once

#include <CLI/CLI.hpp>

#include <boost/json/value.hpp>
#include <string>
#include <string_view>

#include "cli/context.hpp"
#include "cli/outcome.hpp"
#include "common/secret.hpp"

namespace byok::cli {

// Empty where it is not given.
struct KeySource {
  std::string variable;
  std::string file;
};

// Adds --from-env and --key-file to the command; `needed`, if not null, has to be given with them.
void add_key_sources(CLI::App* command, KeySource& source, CLI::Option* needed = nullptr);

// The key from the environment variable, else from the file, else from the terminal or standard
// input; never empty. Warns about a file that others can read.
Outcome<Secret> obtain_key(std::string_view provider, const KeySource& source,
                           const Context& context);

// What a call with ?verify=true tells of the provider's verdict, such as "accepts it"; empty where
// the provider was not asked.
std::string verdict_in(const boost::json::value& answer);

// {"apiKey":"..."}
Secret key_body(const Secret& key);

}  // namespace byok::cli

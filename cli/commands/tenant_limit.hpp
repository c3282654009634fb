// What a tenant may ask for: shown with it, and set by a command of its own.
#pragma once

#include <CLI/CLI.hpp>
#include <boost/json/value.hpp>
#include <string>

#include "cli/context.hpp"

namespace byok::cli {

// Adds `limit` to the command `tenant`.
void add_tenant_limit(CLI::App& tenant, Context& context);

// Of a tenant as the API shows it: "requests a second 5, in flight off (default)".
std::string limits_in_words(const boost::json::value& tenant);

}  // namespace byok::cli

// What byokd tells once and nobody again: the text of a new token, and that of a new link.
#pragma once

#include <string_view>

#include "cli/client.hpp"
#include "cli/context.hpp"
#include "cli/outcome.hpp"

namespace byok::cli {

// Prints the member `text` of the answer that made a `kind` ("token"), alone on a line, so that a
// script can take it from there; with --json the answer as it is. Exit::failed where it cannot be
// written: what was made lives all the same, and the failure says how to revoke it.
Outcome<void> print_once(const Context& context, const Answer& answer, std::string_view kind,
                         std::string_view text);

}  // namespace byok::cli

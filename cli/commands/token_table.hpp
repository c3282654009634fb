// How tokens are listed.
#pragma once

#include <boost/json/value.hpp>

#include "cli/output.hpp"

namespace byok::cli {

// The "tokens" of an answer.
Table token_table(const boost::json::value& answer);

}  // namespace byok::cli

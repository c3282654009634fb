// The names that byokd knows: of tenants, providers, models, tokens and links.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/candidates.hpp"

namespace byok::cli {

// Those of that type (see values.hpp) that may stand at `place`, asked as find_candidates() says.
// None of any other type.
std::vector<Candidate> known_names(std::string_view type, const Place& place);

// An id that stands before all that begin with `beginning` and behind all that stand before these,
// in the order in which byokd lists tenants; empty where there is none.
std::string id_before(std::string_view beginning);

}  // namespace byok::cli

// How far two words are apart, to name the one that somebody may have meant.
#pragma once

#include <cstddef>
#include <string_view>

namespace byok {

// Levenshtein's distance, in bytes: how many are put in, taken out or changed.
std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace byok

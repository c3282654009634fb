// Which name somebody meant who has mistyped it.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace byok {

// How many letters have to be put in, left out, changed or swapped with their neighbour to make `b`
// of `a` (optimal string alignment).
std::size_t edit_distance(std::string_view a, std::string_view b);

// The one of `names` that `name` is most likely meant for: the nearest within a third of its
// letters, else the first that begins with it. Empty where none is near. `name` may be of any
// length, and is compared only with names about as long.
std::string nearest_name(std::string_view name, std::span<const std::string> names);

}  // namespace byok

// Places in tables of counters, by the names of providers. A name keeps its place for as long as
// the process lives, whatever becomes of the settings that it came from, so that what was counted
// under it goes on.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace byok::metrics {

// Beyond them, providers share the last place, which is called "other".
inline constexpr std::size_t most_providers = 64;

// Any thread.
std::size_t provider_slot(std::string_view name);
// The names so far, by their places. The texts live as long as the process.
std::vector<std::string_view> provider_names();

}  // namespace byok::metrics

// Finds in a request body whatever refers to data that the provider stores, or asks it to store
// some.
#pragma once

#include <optional>
#include <string>

#include "daemon/providers/format.hpp"
#include "daemon/providers/json_read.hpp"

namespace byok::providers {

// The name of the first such member; nothing where there is none. Names are compared without regard
// to case and underscores, because Google's parser takes both spellings. What a caller may fill
// freely (tool schemas, tool arguments, metadata) is not looked into.
std::optional<std::string> find_stored_state(Format format, const json::object& body);

}  // namespace byok::providers

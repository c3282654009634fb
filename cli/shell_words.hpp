// Words as shells write them.
#pragma once

#include <string>
#include <string_view>

namespace byok::cli {

// The word that a shell would take `typed` for, whose last quote may still be open. Nothing in it
// is expanded, let alone run, but for a ~ at its beginning.
std::string unquoted(std::string_view typed);

// `word` as it has to be given to bash so that it stands for itself, in the place of `typed`. Empty
// where that has quotes in which it could not stand as it is.
std::string quoted_for_bash(std::string_view word, std::string_view typed);

}  // namespace byok::cli

// A conversation as Markdown, and in a file.
#pragma once

#include <string>
#include <string_view>

#include "cli/conversation.hpp"
#include "cli/outcome.hpp"

namespace byok::cli {

std::string transcript(const Conversation& conversation);

// Whether write_file() may replace what has that name. Exit::usage where that is no regular file,
// or a link that leads nowhere.
Outcome<void> may_replace(const std::string& path);

// Writes `text` to the file `path`, which is made, or replaced as a whole where it is there already
// and `replace` says so: it never holds half of it. Exit::usage where it is there and `replace` or
// may_replace() says no, Exit::failed where it cannot be written.
Outcome<void> write_file(const std::string& path, std::string_view text, bool replace);

}  // namespace byok::cli

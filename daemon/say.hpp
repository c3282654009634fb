// What byokd tells whoever started it, beside its log.
#pragma once

#include <string_view>

namespace byok::daemon {

// Writes "byokd: TEXT" as a line to standard error. Where that cannot be written the line is lost,
// as a line of the log would be, and nothing else.
void say(std::string_view text);

}  // namespace byok::daemon

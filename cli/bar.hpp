// Bars of text, for charts and for progress.
#pragma once

#include <cstddef>
#include <string>

namespace byok::cli {

// `share` (0 to 1) of `width` columns, in eighths of a column where `blocks` may be used and in
// whole ones of # else. Something, however little, is never shown as nothing. Not padded.
std::string bar(double share, std::size_t width, bool blocks);

}  // namespace byok::cli

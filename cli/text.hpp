// Text from elsewhere, made fit to be shown, sent or counted. All of it is UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace byok::cli {

// Without the control characters (C0, DEL and C1) by which a text could speak to the terminal;
// line feeds and tabs stay. Pieces of a text may be given one by one if none cuts a character.
std::string without_controls(std::string_view text);

// The same on one line: line breaks and tabs become spaces. Unicode's line separators, and the
// controls that change the direction of writing, are left out too: with them one name can be made
// to look like another.
std::string on_one_line(std::string_view text);

// With U+FFFD for each byte that is not part of well-formed UTF-8 (Unicode 15, table 3-7), which
// JSON cannot carry.
std::string well_formed(std::string_view text);

// How many columns a terminal gives it, whatever the user's locale: two to wide characters, none to
// combining marks.
std::size_t columns(std::string_view text);

// Without white space at either end.
std::string_view trimmed(std::string_view text);

}  // namespace byok::cli

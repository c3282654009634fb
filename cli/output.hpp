// What a command prints: data on stdout, everything said about it on stderr.
//
// Writing to stdout throws where it fails: a full disk must not pass for success. A reader that has
// left ends the program by SIGPIPE, as it does any filter.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/outcome.hpp"
#include "common/human.hpp"

namespace byok::cli {

// Written at once, as it is.
void print(std::string_view text);

// The same, with a line break at its end where it has none.
void print_document(std::string_view text);

// "byok: TEXT" on stderr, on one line.
void complain(std::string_view text);
void complain(const Failure& failure);

// TEXT on stderr, on one line.
void remark(std::string_view text);

// Whether what is written there may be in colours or bold: a terminal, NO_COLOR is not set, and
// TERM is not "dumb".
bool is_styled(int fd);
// Whether what is written there may move the cursor: a terminal, and TERM is not "dumb".
bool moves_cursor(int fd);

struct Table {
  std::vector<std::string> headers;            // all of them empty: no line of headers
  std::vector<std::vector<std::string>> rows;  // as many cells as headers
  // The column that says how things are: good, bad or between in colours.
  std::optional<std::size_t> state_column = {};
};

// Columns as wide as their widest cell, two spaces between them, a line for each row. `styled` has
// the headers in bold, and states in colour. Control characters in cells are left out.
std::string render(const Table& table, bool styled);

// render() on stdout, styled where is_styled() says so.
void print(const Table& table);

// What the terminals behind the standard streams are.
bool is_terminal(int fd);
// Their width in columns; 80 where it cannot be told.
std::size_t terminal_width(int fd);
// Whether the user's locale takes UTF-8.
bool speaks_utf8();

}  // namespace byok::cli

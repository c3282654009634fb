// What a command prints: data on stdout, everything said about it on stderr.
//
// Writing to stdout throws where it fails: a full disk must not pass for success. A reader that has
// left ends the program by SIGPIPE, as it does any filter.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/outcome.hpp"

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

struct Table {
  std::vector<std::string> headers;
  std::vector<std::vector<std::string>> rows;  // as many cells as headers
};

// Columns as wide as their widest cell, two spaces between them, a line for each row. `styled` has
// the headers in bold. Control characters in cells are left out.
std::string render(const Table& table, bool styled);

// render() on stdout, styled where that is a terminal and NO_COLOR is not set; `if_empty` as a
// remark in place of a table without rows.
void print(const Table& table, std::string_view if_empty);

// 0 B, 1023 B, 1.5 KiB, 64.0 GiB
std::string human_bytes(std::uint64_t bytes);
// 0s, 59s, 5m 3s, 2h 0m, 3d 4h
std::string human_seconds(std::uint64_t seconds);

}  // namespace byok::cli

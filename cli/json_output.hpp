// The API's JSON on stdout, as it is. On a terminal, controls that JSON lets through in a string
// (DEL and C1) come as \u escapes, which mean the same and say nothing to the terminal.
#pragma once

#include <string>
#include <string_view>

namespace byok::cli {

// Throws as print() does; so does the printer below.
void print_json(std::string_view document);

// The escaping itself, of pieces that may end anywhere.
class ControlEscaper {
 public:
  std::string take(std::string_view piece);

 private:
  bool begun_ = false;  // the first byte of what may be one of C1
};

// Prints JSON that comes in pieces.
class JsonPrinter {
 public:
  JsonPrinter();
  void print(std::string_view piece);

 private:
  bool on_terminal_;
  ControlEscaper escaper_;
};

}  // namespace byok::cli

// Lines typed at the prompt, joined to what they say together: a line that ends in a backslash is
// continued by the next, and between two """ every line is taken as it is.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace byok::cli {

class InputLines {
 public:
  // The next line, without its end; a pasted one may hold line breaks. Returns the whole once
  // nothing is awaited any more.
  std::optional<std::string> take(std::string_view line);
  // The whole as it is so far, where nothing more will come.
  std::string close();

  // Whether what was taken so far awaits another line.
  bool is_open() const { return in_block_ || continued_; }

 private:
  void append(std::string_view line);
  std::string whole();

  std::string text_;
  bool in_block_ = false;
  bool continued_ = false;
};

}  // namespace byok::cli

// What a terminal shows after what was written to it: as much of an xterm as the line editor uses.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace byok::testing {

class Screen {
 public:
  Screen(std::size_t columns, std::size_t rows);

  // The next bytes, cut anywhere. Each character is one column wide.
  void show(std::string_view bytes);

  // The rows without blanks behind them, up to the last that holds anything; what has scrolled off
  // the top comes first.
  std::vector<std::string> lines() const;
  std::size_t column() const { return column_; }
  // Sequences that it does not know, and commands to the terminal itself, such as a title.
  const std::vector<std::string>& strange() const { return strange_; }

 private:
  using Row = std::vector<std::string>;  // a character a cell; empty is blank

  std::size_t take(std::string_view bytes);
  std::size_t take_escape(std::string_view bytes);
  void obey(std::string_view parameters, char command);
  void put(std::string_view character);
  void line_feed();
  Row& row() { return rows_[row_]; }

  std::size_t columns_;
  std::vector<Row> rows_;
  std::vector<std::string> above_;
  std::vector<std::string> strange_;
  std::string rest_;  // of a sequence that is not whole yet
  std::size_t row_ = 0;
  std::size_t column_ = 0;  // columns_ once the last one is written: the next character wraps
};

}  // namespace byok::testing

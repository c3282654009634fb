#include "tests/support/harness/screen.hpp"

#include <algorithm>
#include <cstdlib>

namespace byok::testing {
namespace {

std::string text_of(const std::vector<std::string>& row) {
  std::string text;
  for (const std::string& cell : row) text += cell.empty() ? " " : cell;
  return text.substr(0, text.find_last_not_of(' ') + 1);
}

std::size_t length_by(char first) {
  const auto byte = static_cast<unsigned char>(first);
  return byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
}

}  // namespace

Screen::Screen(std::size_t columns, std::size_t rows)
    : columns_(columns), rows_(rows, Row(columns)) {}

void Screen::show(std::string_view bytes) {
  rest_ += bytes;
  std::size_t at = 0;
  while (at < rest_.size()) {
    const std::size_t taken = take(std::string_view(rest_).substr(at));
    if (taken == 0) break;
    at += taken;
  }
  rest_.erase(0, at);
}

std::vector<std::string> Screen::lines() const {
  std::vector<std::string> all = above_;
  for (const Row& row : rows_) all.push_back(text_of(row));
  while (!all.empty() && all.back().empty()) all.pop_back();
  return all;
}

// How many bytes it took; 0 where there are too few.
std::size_t Screen::take(std::string_view bytes) {
  switch (bytes.front()) {
    case '\x1b':
      return take_escape(bytes);
    case '\r':
      column_ = 0;
      return 1;
    case '\n':
      line_feed();
      return 1;
    case '\b':
      column_ = std::min(column_, columns_ - 1);
      if (column_ > 0) --column_;
      return 1;
    case '\t':
      column_ = std::min((column_ / 8 + 1) * 8, columns_ - 1);
      return 1;
    case '\a':
      return 1;
    default:
      break;
  }
  if (static_cast<unsigned char>(bytes.front()) < 0x20) {
    strange_.emplace_back(bytes.substr(0, 1));
    return 1;
  }
  const std::size_t length = length_by(bytes.front());
  if (bytes.size() < length) return 0;
  put(bytes.substr(0, length));
  return length;
}

std::size_t Screen::take_escape(std::string_view bytes) {
  if (bytes.size() < 2) return 0;
  if (bytes[1] == '[') {
    const std::size_t end = bytes.find_first_not_of("0123456789;?", 2);
    if (end == bytes.npos) return 0;
    obey(bytes.substr(2, end - 2), bytes[end]);
    return end + 1;
  }
  if (bytes[1] == ']') {
    const std::size_t end = bytes.find('\a');
    if (end == bytes.npos) return 0;
    strange_.emplace_back(bytes.substr(0, end + 1));
    return end + 1;
  }
  if (bytes[1] == '(') return bytes.size() < 3 ? 0 : 3;
  strange_.emplace_back(bytes.substr(0, 2));
  return 2;
}

void Screen::obey(std::string_view parameters, char command) {
  const std::string text(parameters);
  const auto number = static_cast<std::size_t>(std::atoi(text.c_str()));
  const std::size_t count = std::max<std::size_t>(1, number);
  const std::size_t column = std::min(column_, columns_ - 1);
  const auto here = row().begin() + static_cast<std::ptrdiff_t>(column);
  const auto cells = static_cast<std::ptrdiff_t>(std::min(count, columns_ - column));
  switch (command) {
    case 'm':
    case 'h':
    case 'l':
      return;
    case 'A':
      row_ -= std::min(count, row_);
      return;
    case 'B':
      row_ = std::min(row_ + count, rows_.size() - 1);
      return;
    case 'C':
      column_ = std::min(column + count, columns_ - 1);
      return;
    case 'D':
      column_ = column - std::min(count, column);
      return;
    case 'G':
      column_ = std::min(count, columns_) - 1;
      return;
    case 'H':
      // The upper left corner alone is asked for.
      row_ = 0;
      column_ = 0;
      return;
    case 'J':
      if (number == 0) std::fill(here, row().end(), std::string());
      for (std::size_t i = number == 0 ? row_ + 1 : 0; i < rows_.size(); ++i) {
        rows_[i] = Row(columns_);
      }
      return;
    case 'K':
      std::fill(here, row().end(), std::string());
      return;
    case 'P':
      row().erase(here, here + cells);
      row().resize(columns_);
      return;
    case '@':
      row().insert(here, static_cast<std::size_t>(cells), std::string());
      row().resize(columns_);
      return;
    default:
      strange_.push_back("\x1b[" + text + command);
  }
}

void Screen::put(std::string_view character) {
  if (column_ == columns_) {
    column_ = 0;
    line_feed();
  }
  row()[column_++] = character;
}

void Screen::line_feed() {
  if (++row_ < rows_.size()) return;
  above_.push_back(text_of(rows_.front()));
  rows_.erase(rows_.begin());
  rows_.emplace_back(columns_);
  --row_;
}

}  // namespace byok::testing

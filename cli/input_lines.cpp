#include "cli/input_lines.hpp"

#include <utility>

#include "cli/text.hpp"

namespace byok::cli {
namespace {

constexpr std::string_view mark = "\"\"\"";

// The line without white space behind it, where a mark may stand before it unseen.
std::string_view right_trimmed(std::string_view line) {
  return line.substr(0, line.find_last_not_of(" \t") + 1);
}

}  // namespace

std::optional<std::string> InputLines::take(std::string_view line) {
  if (!is_open() && trimmed(line).starts_with(mark)) {
    in_block_ = true;
    line.remove_prefix(line.find(mark) + mark.size());
    // A mark with nothing behind it begins with the next line.
    if (trimmed(line).empty()) return std::nullopt;
  }
  if (in_block_) {
    const bool ends = right_trimmed(line).ends_with(mark);
    if (ends) line = right_trimmed(line).substr(0, right_trimmed(line).size() - mark.size());
    // A mark on a line of its own ends the line before it.
    if (!ends || !trimmed(line).empty()) append(line);
    return ends ? std::optional(whole()) : std::nullopt;
  }
  const bool goes_on = line.ends_with('\\');
  if (goes_on) line.remove_suffix(1);
  append(line);
  continued_ = goes_on;
  return goes_on ? std::nullopt : std::optional(whole());
}

std::string InputLines::close() { return whole(); }

void InputLines::append(std::string_view line) {
  text_ += line;
  text_ += '\n';
}

std::string InputLines::whole() {
  std::string text = std::exchange(text_, {});
  in_block_ = false;
  continued_ = false;
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace byok::cli

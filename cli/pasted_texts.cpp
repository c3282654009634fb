#include "cli/pasted_texts.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/text.hpp"

namespace byok::cli {
namespace {

// More than this makes a line that is slow to edit and may not fit the screen.
constexpr std::ptrdiff_t most_lines = 10;
constexpr std::size_t most_bytes = 2000;

// Terminals send a line's end as Return does.
std::string with_line_feeds(std::string_view pasted) {
  std::string text;
  for (std::size_t i = 0; i < pasted.size(); ++i) {
    if (pasted[i] == '\n' && i > 0 && pasted[i - 1] == '\r') continue;
    text += pasted[i] == '\r' ? '\n' : pasted[i];
  }
  return text;
}

}  // namespace

std::string PastedTexts::take(std::string_view pasted) {
  std::string text = well_formed(without_controls(with_line_feeds(pasted)));
  // The end of the last line is seldom meant, and would look like one more.
  if (text.ends_with('\n')) text.pop_back();
  const auto lines = std::ranges::count(text, '\n') + 1;
  if (lines <= most_lines && text.size() <= most_bytes) return text;
  std::string words =
      fmt::format("[pasted text {}: {} line{}]", texts_.size() + 1, lines, lines == 1 ? "" : "s");
  texts_.push_back({words, std::move(text)});
  return words;
}

std::string PastedTexts::expand(std::string line) {
  std::string whole;
  std::string_view rest = line;
  while (!rest.empty()) {
    const Text* first = nullptr;
    std::size_t at = rest.npos;
    for (const Text& each : texts_) {
      const std::size_t found = rest.find(each.words);
      if (found < at) {
        at = found;
        first = &each;
      }
    }
    whole += rest.substr(0, at);
    if (first == nullptr) break;
    whole += first->text;
    rest.remove_prefix(at + first->words.size());
  }
  texts_.clear();
  return whole;
}

}  // namespace byok::cli

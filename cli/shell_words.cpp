#include "cli/shell_words.hpp"

#include <algorithm>
#include <cstdlib>

namespace byok::cli {
namespace {

// What means nothing to bash wherever it stands, history expansion included.
bool is_plain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  const bool alphanumeric =
      (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return alphanumeric || byte >= 0x80 ||
         std::string_view("-_./:=@%+,").find(c) != std::string_view::npos;
}

}  // namespace

std::string unquoted(std::string_view typed) {
  std::string word;
  if (typed == "~" || typed.starts_with("~/")) {
    if (const char* home = std::getenv("HOME")) {
      word = home;
      typed.remove_prefix(1);
    }
  }
  char quote = 0;
  for (std::size_t i = 0; i < typed.size(); ++i) {
    const char c = typed[i];
    const bool more = i + 1 < typed.size();
    if (quote != '\'' && c == '\\' && more) {
      const char next = typed[i + 1];
      // Within double quotes it is itself before all but these.
      const bool escapes =
          quote == 0 || std::string_view("\"\\$`").find(next) != std::string_view::npos;
      if (!escapes) word += c;
      word += next;
      ++i;
    } else if (c == quote) {
      quote = 0;
    } else if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
    } else {
      word += c;
    }
  }
  return word;
}

std::string quoted_for_bash(std::string_view word, std::string_view typed) {
  const bool plain = std::ranges::all_of(word, is_plain);
  if (typed.find_first_of("'\"") != typed.npos) return plain ? std::string(word) : std::string();
  std::string quoted;
  for (const char c : word) {
    if (!is_plain(c)) quoted += '\\';
    quoted += c;
  }
  return quoted;
}

}  // namespace byok::cli

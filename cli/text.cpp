#include "cli/text.hpp"

#include <algorithm>

namespace byok::cli {
namespace {

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

// Length of the well-formed sequence that `text` begins with; 0 where there is none.
std::size_t sequence_length(std::string_view text) {
  auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  std::size_t length = 0;
  unsigned char low = 0x80;
  unsigned char high = 0xbf;
  if (lead >= 0xc2 && lead <= 0xdf) {
    length = 2;
  } else if (lead >= 0xe0 && lead <= 0xef) {
    length = 3;
    if (lead == 0xe0) low = 0xa0;   // no overlong forms
    if (lead == 0xed) high = 0x9f;  // no surrogates
  } else if (lead >= 0xf0 && lead <= 0xf4) {
    length = 4;
    if (lead == 0xf0) low = 0x90;
    if (lead == 0xf4) high = 0x8f;  // nothing past U+10FFFF
  }
  if (length == 0 || text.size() < length || byte(1) < low || byte(1) > high) return 0;
  bool complete = std::all_of(text.begin() + 2, text.begin() + static_cast<long>(length),
                              [](char c) { return is_continuation(c); });
  return complete ? length : 0;
}

// Whether `byte` behind `text` makes one of C1, which are two bytes.
bool completes_c1(std::string_view text, unsigned char byte) {
  return text.ends_with('\xc2') && byte >= 0x80 && byte < 0xa0;
}

}  // namespace

std::string without_controls(std::string_view text) {
  std::string shown;
  shown.reserve(text.size());
  for (const char each : text) {
    const auto byte = static_cast<unsigned char>(each);
    // In what is shown: by what is left out, the halves of another may come together.
    if (completes_c1(shown, byte)) {
      shown.pop_back();
    } else if ((byte >= 0x20 && byte != 0x7f) || each == '\n' || each == '\t') {
      shown += each;
    }
  }
  return shown;
}

std::string on_one_line(std::string_view text) {
  std::string shown = without_controls(text);
  std::replace_if(
      shown.begin(), shown.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
  return shown;
}

std::string well_formed(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    std::size_t length = sequence_length(text);
    result += length == 0 ? std::string_view("\xef\xbf\xbd") : text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(1, length));
  }
  return result;
}

std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !is_continuation(c); }));
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view white = " \t\r\n\v\f";
  std::size_t begin = text.find_first_not_of(white);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(white) - begin + 1);
}

}  // namespace byok::cli

#include "cli/text.hpp"

#include <locale.h>
#include <wchar.h>

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

// How many bytes at the end of `text` are U+2028 or U+2029 (separators), or one of U+061C, U+200E,
// U+200F, U+202A to U+202E and U+2066 to U+2069 (bidirectional controls; UAX 9, table 1).
std::size_t misleading_at_end(std::string_view text) {
  if (text.ends_with("\xd8\x9c")) return 2;
  if (text.size() < 3 || text[text.size() - 3] != '\xe2') return 0;
  const auto middle = static_cast<unsigned char>(text[text.size() - 2]);
  const auto last = static_cast<unsigned char>(text.back());
  const bool mark = middle == 0x80 && (last == 0x8e || last == 0x8f);
  const bool embedding = middle == 0x80 && last >= 0xa8 && last <= 0xae;
  const bool isolate = middle == 0x81 && last >= 0xa6 && last <= 0xa9;
  return mark || embedding || isolate ? 3 : 0;
}

std::string cleaned(std::string_view text, bool one_line) {
  std::string shown;
  shown.reserve(text.size());
  for (const char each : text) {
    const auto byte = static_cast<unsigned char>(each);
    const bool blank = each == '\n' || each == '\t';
    // In what is shown: by what is left out, the halves of another may come together.
    if (completes_c1(shown, byte)) {
      shown.pop_back();
    } else if ((byte >= 0x20 && byte != 0x7f) || blank) {
      shown += one_line && blank ? ' ' : each;
    }
    if (one_line) shown.resize(shown.size() - misleading_at_end(shown));
  }
  return shown;
}

// In which wcwidth(3) knows all of Unicode.
locale_t unicode() {
  static const locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return locale;
}

char32_t code_point(std::string_view sequence) {
  const auto lead = static_cast<unsigned char>(sequence.front());
  if (sequence.size() == 1) return lead;
  char32_t value = lead & (0x7fU >> sequence.size());
  for (const char c : sequence.substr(1))
    value = value << 6 | (static_cast<unsigned char>(c) & 0x3f);
  return value;
}

}  // namespace

std::string without_controls(std::string_view text) { return cleaned(text, false); }

std::string on_one_line(std::string_view text) { return cleaned(text, true); }

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
  // Without that locale it is one a character, as in the user's may be no more than ASCII.
  const locale_t before = unicode() == nullptr ? nullptr : uselocale(unicode());
  std::size_t sum = 0;
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    // What is no character, or not known to be one, is shown as a replacement.
    const int width = length == 0 || before == nullptr
                          ? 1
                          : ::wcwidth(static_cast<wchar_t>(code_point(text.substr(0, length))));
    sum += width < 0 ? 1 : static_cast<std::size_t>(width);
    text.remove_prefix(std::max<std::size_t>(1, length));
  }
  if (before != nullptr) uselocale(before);
  return sum;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view white = " \t\r\n\v\f";
  std::size_t begin = text.find_first_not_of(white);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(white) - begin + 1);
}

}  // namespace byok::cli

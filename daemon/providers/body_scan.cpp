#include "daemon/providers/body_scan.hpp"

#include <cstring>

#include "daemon/providers/text_search.hpp"

namespace byok::providers {
namespace {

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

std::optional<std::uint32_t> hex_value(char c) {
  if (c >= '0' && c <= '9') return static_cast<std::uint32_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint32_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<std::uint32_t>(c - 'A' + 10);
  return std::nullopt;
}

}  // namespace

BodyScan::State BodyScan::feed(std::string_view piece) {
  piece_ = piece.data();
  const char* at = piece.data();
  const char* end = at + piece.size();
  while (at != end && state_ == State::more) at = step(at, end);
  position_ += piece.size();
  return state_;
}

const char* BodyScan::step(const char* at, const char* end) {
  switch (expect_) {
    case Expect::key_text:
    case Expect::model_text:
      return read_text(at, end);
    case Expect::string:
    case Expect::nested_string:
      return skip_string(at, end);
    case Expect::nested:
      return skip_nested(at, end);
    case Expect::literal:
      return read_literal(at, end);
    default:
      break;
  }
  const char c = *at;
  if (is_space(c)) return at + 1;
  if (expect_ == Expect::object && c == '{') {
    expect_ = Expect::first_key;
  } else if ((expect_ == Expect::first_key || expect_ == Expect::key) && c == '"') {
    expect_ = Expect::key_text;
    short_size_ = 0;
  } else if (expect_ == Expect::colon && c == ':') {
    expect_ = Expect::value;
  } else if (expect_ == Expect::value) {
    begin_value(at);
    // A literal has no opening byte to step over.
    return expect_ == Expect::literal ? at : at + 1;
  } else if (expect_ == Expect::comma_or_end && c == ',') {
    expect_ = Expect::key;
  } else if ((expect_ == Expect::first_key || expect_ == Expect::comma_or_end) && c == '}') {
    state_ = State::done;
  } else {
    fail();
  }
  return at + 1;
}

void BodyScan::begin_value(const char* at) {
  switch (*at) {
    case '"':
      if (key_ != Key::model) {
        expect_ = Expect::string;
        return;
      }
      expect_ = Expect::model_text;
      model_offset_ = offset_of(at + 1);
      return;
    case '{':
    case '[':
      expect_ = Expect::nested;
      depth_ = 1;
      return;
    default:
      expect_ = Expect::literal;
      short_size_ = 0;
  }
}

// The bulk of a body lies in strings, so this is where the time goes.
const char* BodyScan::skip_string(const char* at, const char* end) {
  if (escape_) {
    escape_ = false;
    ++at;
  }
  for (at = find_special(at, end); at != end; at = find_special(at, end)) {
    if (*at == '"') {
      expect_ = expect_ == Expect::string ? Expect::comma_or_end : Expect::nested;
      return at + 1;
    }
    if (end - at == 1) {
      escape_ = true;
      return end;
    }
    at += 2;
  }
  return end;
}

const char* BodyScan::skip_nested(const char* at, const char* end) {
  for (; at != end; ++at) {
    switch (*at) {
      case '"':
        expect_ = Expect::nested_string;
        return at + 1;
      case '{':
      case '[':
        ++depth_;
        break;
      case '}':
      case ']':
        if (--depth_ == 0) {
          expect_ = Expect::comma_or_end;
          return at + 1;
        }
        break;
      default:
        break;
    }
  }
  return end;
}

const char* BodyScan::read_literal(const char* at, const char* end) {
  for (; at != end; ++at) {
    const char c = *at;
    if (c == ',' || c == '}' || is_space(c)) {
      end_literal();
      return at;
    }
    const bool in_literals = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' ||
                             c == '+' || c == '.' || c == 'E';
    if (!in_literals) {
      fail();
      return at;
    }
    if (short_size_ < short_.size()) short_[short_size_++] = c;
  }
  return end;
}

void BodyScan::end_literal() {
  const std::string_view literal(short_.data(), short_size_);
  if (literal.empty()) return fail();
  expect_ = Expect::comma_or_end;
  if (key_ != Key::stream || (literal != "true" && literal != "false")) return;
  stream_ = literal == "true";
  if (model_found_) state_ = State::done;
}

const char* BodyScan::read_text(const char* at, const char* end) {
  while (at != end && state_ == State::more) {
    const bool between_escapes = !escape_ && hex_left_ == 0 && high_surrogate_ == 0;
    if (!between_escapes) {
      read_text_byte(*at++);
      continue;
    }
    const char* special = find_special(at, end);
    add_plain({at, static_cast<std::size_t>(special - at)});
    at = special;
    if (at == end || state_ != State::more) break;
    if (*at == '"') {
      expect_ == Expect::key_text ? end_key() : end_model(at);
      return at + 1;
    }
    escape_ = true;
    ++at;
  }
  return at;
}

void BodyScan::add_plain(std::string_view text) {
  // What does not fit makes the key longer than any that is looked for.
  if (expect_ == Expect::key_text) text = text.substr(0, short_.size() - short_size_);
  for (char c : text) {
    if (static_cast<unsigned char>(c) < 0x20) return fail();
    add(c);
  }
}

// Inside an escape, or behind the first half of a surrogate pair, where only another \u may follow.
void BodyScan::read_text_byte(char c) {
  if (hex_left_ > 0) return read_hex_digit(c);
  if (escape_) return read_escaped(c);
  if (c != '\\') return fail();
  escape_ = true;
}

void BodyScan::read_escaped(char c) {
  escape_ = false;
  if (c == 'u') {
    hex_left_ = 4;
    hex_ = 0;
    return;
  }
  constexpr std::string_view names = "\"\\/bfnrt";
  constexpr std::string_view values = "\"\\/\b\f\n\r\t";
  const std::size_t which = names.find(c);
  if (which == std::string_view::npos || high_surrogate_ != 0) return fail();
  add(values[which]);
}

void BodyScan::read_hex_digit(char c) {
  const std::optional<std::uint32_t> digit = hex_value(c);
  if (!digit) return fail();
  hex_ = hex_ << 4 | *digit;
  if (--hex_left_ == 0) add_code_unit(hex_);
}

// A code unit of UTF-16 (RFC 8259 section 7): pairs of surrogates make one character.
void BodyScan::add_code_unit(std::uint32_t unit) {
  const bool high = unit >= 0xD800 && unit <= 0xDBFF;
  const bool low = unit >= 0xDC00 && unit <= 0xDFFF;
  if (low != (high_surrogate_ != 0)) return fail();
  if (high) {
    high_surrogate_ = unit;
  } else if (low) {
    add_utf8(0x10000 + ((high_surrogate_ - 0xD800) << 10) + (unit - 0xDC00));
    high_surrogate_ = 0;
  } else {
    add_utf8(unit);
  }
}

void BodyScan::add_utf8(std::uint32_t code_point) {
  if (code_point < 0x80) return add(static_cast<char>(code_point));
  // The first byte's mark says how many continuation bytes of six bits follow.
  const int following = code_point < 0x800 ? 1 : code_point < 0x10000 ? 2 : 3;
  constexpr std::array<std::uint32_t, 4> marks = {0, 0xC0, 0xE0, 0xF0};
  add(static_cast<char>(marks[static_cast<std::size_t>(following)] |
                        code_point >> (6 * following)));
  for (int left = following - 1; left >= 0; --left) {
    add(static_cast<char>(0x80 | ((code_point >> (6 * left)) & 0x3F)));
  }
}

void BodyScan::add(char c) {
  if (expect_ == Expect::key_text) {
    if (short_size_ < short_.size()) short_[short_size_++] = c;
    return;
  }
  if (model_size_ == model_.size()) return fail();
  model_[model_size_++] = c;
}

void BodyScan::end_key() {
  const std::string_view key(short_.data(), short_size_);
  expect_ = Expect::colon;
  key_ = key == "model" ? Key::model : key == "stream" ? Key::stream : Key::other;
  if (key_ == Key::other) return;
  bool& seen = key_ == Key::model ? model_seen_ : stream_seen_;
  // Which of two counts differs between parsers: the provider might see another than we do.
  if (seen) return fail();
  seen = true;
}

void BodyScan::end_model(const char* quote) {
  model_length_ = offset_of(quote) - model_offset_;
  model_found_ = true;
  expect_ = Expect::comma_or_end;
  if (stream_) state_ = State::done;
}

}  // namespace byok::providers

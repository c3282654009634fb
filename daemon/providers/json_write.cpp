// Boost.JSON's own serializer writes 0.5 as 5E-1 and 1.0 as 1E0: right, and not what anybody sent.
#include <array>
#include <charconv>
#include <cmath>

#include "daemon/providers/json_writer.hpp"
#include "daemon/providers/text_search.hpp"

namespace byok::providers {
namespace {

// Of a short chat's request or answer.
constexpr std::size_t typical_size = 1024;

void write(const json::value& value, std::string& out);

void write_escape(char c, std::string& out) {
  constexpr std::string_view digits = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  switch (c) {
    case '"':
    case '\\':
      out.append(1, '\\').append(1, c);
      break;
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    default:
      out.append("\\u00").append(1, digits[byte >> 4]).append(1, digits[byte & 15]);
  }
}

// RFC 8259 section 7; whatever is no control character goes as it is.
void write_string(std::string_view text, std::string& out) {
  out += '"';
  const char* at = text.data();
  const char* const end = at + text.size();
  for (;;) {
    const char* const next = find_unwritable(at, end);
    out.append(at, static_cast<std::size_t>(next - at));
    if (next == end) break;
    write_escape(*next, out);
    at = next + 1;
  }
  out += '"';
}

// The shortest text that is read as the same number, and still as no whole one.
void write_double(double number, std::string& out) {
  // Boost.JSON makes NaN of a zero whose exponent is past what a double has, such as 0e309.
  if (std::isnan(number)) {
    out += "0.0";
    return;
  }
  if (!std::isfinite(number)) {
    // Beyond what a double holds, as it was when it came.
    out += std::signbit(number) ? "-1e99999" : "1e99999";
    return;
  }
  std::array<char, 32> digits{};
  const char* end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  const std::string_view text(digits.data(), static_cast<std::size_t>(end - digits.data()));
  out += text;
  if (text.find_first_of(".e") == text.npos) out += ".0";
}

template <class Number>
void write_whole(Number number, std::string& out) {
  std::array<char, 24> digits{};
  out.append(digits.data(),
             std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

void write_array(const json::array& array, std::string& out) {
  char before = '[';
  for (const json::value& each : array) {
    out += before;
    write(each, out);
    before = ',';
  }
  out += array.empty() ? "[]" : "]";
}

void write_object(const json::object& object, std::string& out) {
  char before = '{';
  for (const auto& [key, value] : object) {
    out += before;
    write_string(key, out);
    out += ':';
    write(value, out);
    before = ',';
  }
  out += object.empty() ? "{}" : "}";
}

void write(const json::value& value, std::string& out) {
  switch (value.kind()) {
    case json::kind::null:
      out += "null";
      break;
    case json::kind::bool_:
      out += value.get_bool() ? "true" : "false";
      break;
    case json::kind::int64:
      write_whole(value.get_int64(), out);
      break;
    case json::kind::uint64:
      write_whole(value.get_uint64(), out);
      break;
    case json::kind::double_:
      write_double(value.get_double(), out);
      break;
    case json::kind::string:
      write_string({value.get_string().data(), value.get_string().size()}, out);
      break;
    case json::kind::array:
      write_array(value.get_array(), out);
      break;
    case json::kind::object:
      write_object(value.get_object(), out);
      break;
  }
}

}  // namespace

std::string to_text(const json::value& value) {
  std::string out;
  out.reserve(typical_size);
  write(value, out);
  return out;
}

std::string to_text(const json::object& object) {
  std::string out;
  out.reserve(typical_size);
  write_object(object, out);
  return out;
}

std::string quoted(std::string_view text) {
  std::string out;
  write_string(text, out);
  return out;
}

JsonWriter::JsonWriter() { text_.reserve(typical_size); }

// Behind a whole value comes a comma, and only there: no string ends in one of these.
bool JsonWriter::is_behind_value() const {
  if (text_.empty()) return false;
  const char last = text_.back();
  return last != '{' && last != '[' && last != ':';
}

void JsonWriter::separate() {
  if (is_behind_value()) text_ += ',';
}

void JsonWriter::name(std::string_view text) {
  text_.append(is_behind_value() ? ",\"" : "\"").append(text).append("\":");
}

void JsonWriter::string(std::string_view text) {
  separate();
  write_string(text, text_);
}

void JsonWriter::value(std::int64_t number) {
  separate();
  write_whole(number, text_);
}

void JsonWriter::value(std::uint64_t number) {
  separate();
  write_whole(number, text_);
}

void JsonWriter::value(double number) {
  separate();
  write_double(number, text_);
}

void JsonWriter::value(const json::value& any) {
  separate();
  write(any, text_);
}

void JsonWriter::value(const json::array& array) {
  separate();
  write_array(array, text_);
}

void JsonWriter::value(const json::object& object) {
  separate();
  write_object(object, text_);
}

}  // namespace byok::providers

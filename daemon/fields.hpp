// What an event says besides its name: fields of a name and a value each, for the log and the audit
// log. A Secret cannot be one.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

namespace byok::daemon {

// A tenant's or provider's id, or anything else that shows itself as text.
template <class T>
concept Viewable = requires(const T& value) {
  { value.view() } -> std::same_as<std::string_view>;
};

// Both are views that need to live for the call only. Names are literals in lower camel case.
// Values longer than 1,024 bytes are cut. A field without a name is left out of the line.
class Field {
 public:
  using Value = std::variant<std::string_view, bool, std::int64_t, std::uint64_t>;

  Field(std::string_view name, std::string_view value) : name_(name), value_(value) {}
  Field(std::string_view name, const char* value) : Field(name, std::string_view(value)) {}
  // Numbers and flags; no conversion, which would take a pointer or a fraction for a flag.
  template <std::integral T>
  Field(std::string_view name, T value) : name_(name), value_(Widened<T>{value}) {}
  Field(std::string_view name, const Viewable auto& value) : Field(name, value.view()) {}

  std::string_view name() const { return name_; }
  const Value& value() const { return value_; }

 private:
  template <class T>
  using Widened =
      std::conditional_t<std::same_as<T, bool>, bool,
                         std::conditional_t<std::signed_integral<T>, std::int64_t, std::uint64_t>>;

  std::string_view name_;
  Value value_;
};

using Fields = std::initializer_list<Field>;

// Lines are printable ASCII whatever the values hold: the rest is escaped as JSON does it
// (RFC 8259 section 7), so that nothing a caller sends can forge a line or reach a terminal.
// A JSON string without its quotes.
void append_escaped(std::string& line, std::string_view text);
// A JSON value.
void append_value(std::string& line, const Field::Value& value);
// `,"name":value` for each.
void append_members(std::string& line, Fields fields);
// Now, as 2026-06-20T12:00:00.123Z.
void append_time(std::string& line);

// Whether a value needs no quotes in a line of text.
bool is_plain(std::string_view text);
// How many characters the text has; nothing where it is not UTF-8 or holds control characters.
std::optional<std::size_t> count_printable(std::string_view text);

}  // namespace byok::daemon

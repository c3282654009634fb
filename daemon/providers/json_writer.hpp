// JSON text written as it comes, member by member: a document built only to be written costs more
// than all else in the translation of a short chat.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "daemon/providers/json_read.hpp"

namespace byok::providers {

// Sets the commas; that each begin has its end, and each value in an object its name, is for the
// caller. Names are this program's own: they go out as they are, without escapes.
class JsonWriter {
 public:
  JsonWriter();

  // A member's name, with its value to come.
  void name(std::string_view text);

  void begin_object() { begin('{'); }
  void begin_array() { begin('['); }
  void end_object() { text_ += '}'; }
  void end_array() { text_ += ']'; }
  void begin_object(std::string_view member) {
    name(member);
    begin_object();
  }
  void begin_array(std::string_view member) {
    name(member);
    begin_array();
  }

  void value(const std::convertible_to<std::string_view> auto& text) { string(text); }
  // Of exactly that type: a pointer to text is no truth.
  void value(std::same_as<bool> auto truth) { whole(truth ? "true" : "false"); }
  void value(std::int64_t number);
  void value(std::uint64_t number);
  void value(double number);
  void value(const json::value& any);
  void value(const json::array& array);
  void value(const json::object& object);
  // null for nothing.
  void value(const std::optional<std::string>& text) { text ? string(*text) : whole("null"); }

  template <class Value>
  void member(std::string_view its_name, const Value& its_value) {
    name(its_name);
    value(its_value);
  }
  // Nothing at all for nothing.
  template <class Value>
  void member_if_any(std::string_view its_name, const std::optional<Value>& its_value) {
    if (its_value) member(its_name, *its_value);
  }

  // How much is written; going back to there takes away all that came behind it.
  std::size_t size() const { return text_.size(); }
  void back_to(std::size_t size) { text_.resize(size); }

  std::string take() { return std::move(text_); }

 private:
  bool is_behind_value() const;
  void separate();
  void begin(char bracket) {
    separate();
    text_ += bracket;
  }
  void string(std::string_view text);
  void whole(std::string_view literal) {
    separate();
    text_ += literal;
  }

  std::string text_;
};

}  // namespace byok::providers

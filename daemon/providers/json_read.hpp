// Reading JSON that somebody else wrote: a member that is absent, or of another type than expected,
// is one and the same "nothing" here.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace byok::providers {

namespace json = boost::json;

// Nesting beyond this is refused: deep values cost stack when they are written and freed.
inline constexpr std::size_t max_json_depth = 128;

// Nothing where `text` is not one JSON value in UTF-8, or is nested too deeply.
std::optional<json::value> parse_json(std::string_view text);

// The same for an object; an array that holds nothing but one object stands for it, as Gemini
// sometimes answers.
std::optional<json::object> parse_json_object(std::string_view text);

// Null where the member is absent; `given` also where it is null.
const json::value* find_member(const json::object& object, std::string_view key);
const json::value* given(const json::object& object, std::string_view key);

const json::object* find_object(const json::object& object, std::string_view key);
const json::array* find_array(const json::object& object, std::string_view key);
// Views into the object.
std::optional<std::string_view> find_string(const json::object& object, std::string_view key);
// A whole number of at least 0.
std::optional<std::uint64_t> find_count(const json::object& object, std::string_view key);
bool is_true(const json::object& object, std::string_view key);

// find_string or the empty text.
std::string_view string_or_empty(const json::object& object, std::string_view key);

// null, [] and {}: what programs send for "not set".
bool says_nothing(const json::value& value);

// Compact JSON (json_write.cpp). At most max_json_depth deep.
std::string to_text(const json::value& value);
std::string to_text(const json::object& object);
// A JSON string with its quotes.
std::string quoted(std::string_view text);

}  // namespace byok::providers

// JSON that may hold a key or a token: read and written without leaving copies behind.
#pragma once

#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "common/secret.hpp"

namespace byok::cli {

// A document in wiping memory; nothing where `text` is not JSON.
std::optional<boost::json::value> parse_json(std::string_view text);

// Appends `text` as a JSON string with its quotes; every byte outside visible ASCII and blank is
// escaped as the character of that number.
void append_json_string(WipingBuffer& out, std::string_view text);

// Members of an answer, for people to read: the text of a string, number or boolean; "-" where it
// is missing, null or something else.
std::string text_at(const boost::json::value& object, std::string_view name);
// The same for a cell of a table: "-" for an empty text, too.
std::string cell_at(const boost::json::value& object, std::string_view name);
// The number; 0 where there is none.
std::uint64_t number_at(const boost::json::value& object, std::string_view name);
// The elements; none where it is no array.
const boost::json::array& list_at(const boost::json::value& object, std::string_view name);

// The text of a scalar, as text_at() shows it.
std::string text_of(const boost::json::value& value);

}  // namespace byok::cli

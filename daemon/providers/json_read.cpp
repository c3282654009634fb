#include "daemon/providers/json_read.hpp"

#include <boost/json/parse.hpp>
#include <utility>

namespace byok::providers {
namespace {

// Boost.JSON has an index of larger objects only. Smaller ones it searches one by one as well, but
// behind so many calls that most of the time goes there.
constexpr std::size_t most_searched = 16;

}  // namespace

std::optional<json::value> parse_json(std::string_view text) {
  json::parse_options options;
  options.max_depth = max_json_depth;
  boost::system::error_code error;
  json::value value = json::parse(text, error, {}, options);
  if (error) return std::nullopt;
  return value;
}

std::optional<json::object> parse_json_object(std::string_view text) {
  std::optional<json::value> value = parse_json(text);
  if (!value) return std::nullopt;
  if (const json::array* array = value->if_array(); array && array->size() == 1) {
    json::value only = array->front();
    value = std::move(only);
  }
  if (!value->is_object()) return std::nullopt;
  return std::move(value->get_object());
}

const json::value* find_member(const json::object& object, std::string_view key) {
  if (object.size() > most_searched) return object.if_contains(key);
  for (const auto& member : object) {
    if (std::string_view(member.key()) == key) return &member.value();
  }
  return nullptr;
}

const json::value* given(const json::object& object, std::string_view key) {
  const json::value* value = find_member(object, key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

const json::object* find_object(const json::object& object, std::string_view key) {
  const json::value* value = find_member(object, key);
  return value == nullptr ? nullptr : value->if_object();
}

const json::array* find_array(const json::object& object, std::string_view key) {
  const json::value* value = find_member(object, key);
  return value == nullptr ? nullptr : value->if_array();
}

std::optional<std::string_view> find_string(const json::object& object, std::string_view key) {
  const json::value* value = find_member(object, key);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  const json::string& text = value->get_string();
  return std::string_view(text.data(), text.size());
}

std::optional<std::uint64_t> find_count(const json::object& object, std::string_view key) {
  const json::value* value = find_member(object, key);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  boost::system::error_code error;
  const auto count = value->to_number<std::uint64_t>(error);
  if (error) return std::nullopt;
  return count;
}

bool is_true(const json::object& object, std::string_view key) {
  const json::value* value = find_member(object, key);
  return value != nullptr && value->is_bool() && value->get_bool();
}

std::string_view string_or_empty(const json::object& object, std::string_view key) {
  return find_string(object, key).value_or(std::string_view());
}

bool says_nothing(const json::value& value) {
  if (const json::array* array = value.if_array()) return array->empty();
  if (const json::object* object = value.if_object()) return object->empty();
  return value.is_null();
}

}  // namespace byok::providers

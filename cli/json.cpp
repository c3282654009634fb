#include "cli/json.hpp"

#include <fmt/format.h>

#include <boost/json/parser.hpp>
#include <boost/json/serialize.hpp>
#include <iterator>

#include "common/wiping_resource.hpp"

namespace byok::cli {
namespace {

namespace json = boost::json;

// Without state, hence one for all, and alive as long as any value.
json::storage_ptr wiping_storage() {
  static WipingResource resource;
  return &resource;
}

const json::value* member(const json::value& object, std::string_view name) {
  const json::object* members = object.if_object();
  return members == nullptr ? nullptr : members->if_contains(name);
}

}  // namespace

std::optional<json::value> parse_json(std::string_view text) {
  json::parser parser(wiping_storage());
  parser.reset(wiping_storage());
  boost::system::error_code error;
  parser.write(text.data(), text.size(), error);
  if (error) return std::nullopt;
  return parser.release();
}

void append_json_string(WipingBuffer& out, std::string_view text) {
  out.push_back('"');
  for (char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    if (c >= 0x20 && c < 0x7f) {
      out.push_back(c);
    } else {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(c));
    }
  }
  out.push_back('"');
}

std::string text_of(const json::value& value) {
  if (const json::string* text = value.if_string()) return {text->data(), text->size()};
  if (const double* number = value.if_double()) return fmt::format("{}", *number);
  if (value.is_number() || value.is_bool()) return json::serialize(value);
  return "-";
}

std::string text_at(const json::value& object, std::string_view name) {
  const json::value* value = member(object, name);
  return value == nullptr ? "-" : text_of(*value);
}

std::string cell_at(const json::value& object, std::string_view name) {
  std::string text = text_at(object, name);
  return text.empty() ? "-" : text;
}

std::uint64_t number_at(const json::value& object, std::string_view name) {
  const json::value* value = member(object, name);
  if (value == nullptr || !value->is_number()) return 0;
  boost::system::error_code error;
  auto number = value->to_number<std::uint64_t>(error);
  return error ? 0 : number;
}

const json::array& list_at(const json::value& object, std::string_view name) {
  static const json::array none;
  const json::value* value = member(object, name);
  const json::array* list = value == nullptr ? nullptr : value->if_array();
  return list == nullptr ? none : *list;
}

}  // namespace byok::cli

// What a request body must be to go with the operator's global key.
#include <fmt/format.h>

#include "daemon/providers/global_key.hpp"
#include "daemon/providers/json_read.hpp"
#include "daemon/providers/stored_state.hpp"
#include "daemon/providers/text.hpp"

namespace byok::providers {
namespace {

std::size_t count_members(const json::value& value) {
  std::size_t count = 0;
  if (const json::object* object = value.if_object()) {
    count = object->size();
    for (const auto& member : *object) count += count_members(member.value());
  } else if (const json::array* array = value.if_array()) {
    for (const json::value& each : *array) count += count_members(each);
  }
  return count;
}

// Each member of a JSON text has one colon outside of strings, so more colons than members in the
// tree mean that the tree lost some: names that stood twice.
std::size_t count_colons(std::string_view text) {
  std::size_t count = 0;
  bool in_string = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '"') in_string = !in_string;
    if (c == '\\') ++at;
    if (c == ':' && !in_string) ++count;
  }
  return count;
}

// The text with one more member at the front of its object, all else left as it is.
std::string with_first_member(std::string_view text, std::string_view member, bool is_empty) {
  const std::size_t inside = text.find('{') + 1;
  std::string result(text.substr(0, inside));
  result += member;
  if (!is_empty) result += ',';
  result += text.substr(inside);
  return result;
}

// The one call whose answers are kept unless the caller says no.
bool stores_by_default(Format format, std::string_view path) {
  return format == Format::openai && path == "/v1/responses";
}

}  // namespace

Result<std::string> body_for_global_key(Format format, std::string_view path,
                                        std::string_view body) {
  std::optional<json::value> parsed = parse_json(body);
  if (!parsed || !parsed->is_object()) {
    return Error{Errc::invalid_json,
                 "with the operator's key the body must be a JSON object in UTF-8"};
  }
  // Which of two counts differs between parsers: the provider might see another than was checked.
  if (count_colons(body) != count_members(*parsed)) {
    return Error{Errc::invalid_json,
                 "with the operator's key no name may stand twice in an object"};
  }
  json::object& object = parsed->get_object();
  if (std::optional<std::string> name = find_stored_state(format, object)) {
    constexpr std::size_t max_shown = 64;
    return Error{Errc::global_key_not_allowed,
                 fmt::format("with the operator's key a request cannot refer to data stored at the "
                             "provider ({}): store a key of your own first",
                             one_line(*name, max_shown))};
  }
  if (!stores_by_default(format, path)) return std::string(body);
  const json::value* store = object.if_contains("store");
  if (store == nullptr) return with_first_member(body, "\"store\":false", object.empty());
  if (store->is_bool()) return std::string(body);
  object["store"] = false;
  return to_text(object);
}

}  // namespace byok::providers

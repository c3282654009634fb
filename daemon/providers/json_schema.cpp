#include "daemon/providers/json_schema.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace byok::providers {
namespace {

bool holds(const auto& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

// Members that hold one schema, a list of schemas, or schemas by name (JSON Schema 2020-12).
constexpr std::array<std::string_view, 4> single = {"items", "additionalProperties", "not",
                                                    "contains"};
constexpr std::array<std::string_view, 4> lists = {"anyOf", "allOf", "oneOf", "prefixItems"};
constexpr std::array<std::string_view, 4> maps = {"properties", "$defs", "definitions",
                                                  "patternProperties"};

// The schema with each schema directly inside it changed by `change`.
json::object map_inner(const json::object& schema, json::value (*change)(const json::value&)) {
  json::object mapped;
  for (const auto& [key, value] : schema) {
    if (holds(single, key) && value.is_object()) {
      mapped[key] = change(value);
    } else if (holds(lists, key) && value.is_array()) {
      json::array& list = mapped[key].emplace_array();
      for (const json::value& each : value.get_array()) list.push_back(change(each));
    } else if (holds(maps, key) && value.is_object()) {
      json::object& map = mapped[key].emplace_object();
      for (const auto& [name, each] : value.get_object()) map[name] = change(each);
    } else {
      mapped[key] = value;
    }
  }
  return mapped;
}

constexpr std::array<std::string_view, 13> constraints_in_words = {
    "minimum",   "maximum",       "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
    "minLength", "maxLength",     "maxItems",         "uniqueItems",      "minItems",
    "format",    "minProperties", "maxProperties"};
constexpr std::array<std::string_view, 10> known_formats = {
    "date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"};

bool stays(std::string_view name, const json::value& value) {
  if (name == "minItems") return value == 0 || value == 1;
  if (name == "format") {
    return value.is_string() && holds(known_formats, std::string_view(value.get_string().data(),
                                                                      value.get_string().size()));
  }
  return !holds(constraints_in_words, name);
}

// By its type, one of its types, or its properties.
bool is_of_object(const json::object& schema) {
  if (string_or_empty(schema, "type") == "object" || schema.contains("properties")) return true;
  const json::array* types = find_array(schema, "type");
  return types != nullptr && std::ranges::any_of(*types, [](const json::value& each) {
           return each.is_string() && each.get_string() == "object";
         });
}

}  // namespace

json::value schema_for_anthropic(const json::value& schema) {
  if (!schema.is_object()) return schema;
  json::object inner = map_inner(schema.get_object(), schema_for_anthropic);
  json::object result;
  std::string words;
  for (auto& [key, value] : inner) {
    if (!stays(key, value)) {
      words += (words.empty() ? "" : ", ") + std::string(key) + ": " + to_text(value);
    } else {
      result[key == "oneOf" ? "anyOf" : std::string_view(key)] = std::move(value);
    }
  }
  if (is_of_object(result)) {
    result["additionalProperties"] = false;
  }
  if (!words.empty()) {
    std::string description(string_or_empty(result, "description"));
    result["description"] = description.empty() ? words : description + " (" + words + ")";
  }
  return result;
}

json::value schema_for_gemini(const json::value& schema) {
  if (!schema.is_object()) return schema;
  json::object result = map_inner(schema.get_object(), schema_for_gemini);
  if (json::value* only = result.if_contains("const")) {
    json::value value = std::move(*only);
    result.erase("const");
    result["enum"] = json::array{std::move(value)};
  }
  return result;
}

}  // namespace byok::providers

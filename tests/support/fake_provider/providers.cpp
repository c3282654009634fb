#include "tests/support/fake_provider/providers.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>

namespace byok::fake {

namespace json = boost::json;

std::optional<json::object> object_of(const Request& request) {
  json::error_code error;
  json::value value = json::parse(request.body, error);
  if (error || !value.is_object()) return std::nullopt;
  return std::move(value.as_object());
}

std::string text_of(const json::value& content) {
  if (content.is_string()) return json::value_to<std::string>(content);
  std::string text;
  if (content.is_array()) {
    for (const json::value& part : content.as_array()) {
      if (part.is_object()) text += string_member(part.as_object(), "text");
    }
  }
  return text;
}

std::string last_user_text(const json::array& messages) {
  std::string text;
  for (const json::value& message : messages) {
    if (!message.is_object() || string_member(message.as_object(), "role") != "user") continue;
    if (auto* content = message.as_object().if_contains("content")) text = text_of(*content);
  }
  return text;
}

std::string string_member(const json::object& in, std::string_view name) {
  auto* value = in.if_contains(name);
  return value && value->is_string() ? json::value_to<std::string>(*value) : std::string();
}

}  // namespace byok::fake

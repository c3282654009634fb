#include "daemon/providers/stored_state.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "daemon/providers/global_key.hpp"
#include "daemon/providers/text.hpp"

namespace byok::providers {
namespace {

using Names = std::span<const std::string_view>;

// All names below are without underscores and in lower case.

// Refused with any value but null and [].
constexpr std::array<std::string_view, 17> references = {"cachedcontent",
                                                         "container",
                                                         "containerid",
                                                         "conversation",
                                                         "conversationid",
                                                         "fileid",
                                                         "fileids",
                                                         "filesearchstorenames",
                                                         "previousinteractionid",
                                                         "previousresponseid",
                                                         "promptid",
                                                         "ragcorpora",
                                                         "skillid",
                                                         "userprofileid",
                                                         "vectorstoreid",
                                                         "vectorstoreids",
                                                         "vertexaisearch"};

// Refused with any value but null and false.
constexpr std::array<std::string_view, 2> switches = {"background", "store"};

constexpr std::array<std::string_view, 3> reference_types = {
    "item_reference", "container_reference", "skill_reference"};

constexpr std::array<std::string_view, 4> openai_free = {"parameters", "schema", "inputschema",
                                                         "metadata"};
constexpr std::array<std::string_view, 3> anthropic_free = {"inputschema", "schema", "metadata"};
constexpr std::array<std::string_view, 4> gemini_free = {"parameters", "parametersjsonschema",
                                                         "responseschema", "responsejsonschema"};

// Items of a Responses call that bring their whole content along. Others with an id, and reasoning
// without its encrypted content, are looked up at the provider.
constexpr std::array<std::string_view, 5> whole_items = {"message", "function_call",
                                                         "function_call_output", "custom_tool_call",
                                                         "custom_tool_call_output"};

bool holds(Names names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

std::string normal(std::string_view name) {
  std::string result;
  for (char c : name) {
    if (c != '_') result += to_lower(c);
  }
  return result;
}

Names free_members(Format format) {
  switch (format) {
    case Format::openai:
      return openai_free;
    case Format::anthropic:
      return anthropic_free;
    case Format::gemini:
      return gemini_free;
  }
  return {};  // not a Format: memory is corrupt
}

// A file that anybody could fetch: on the web, and not at Google, whose own files and buckets the
// key might open.
bool is_public_uri(std::string_view uri) {
  constexpr std::string_view scheme = "https://";
  if (!starts_with_ignoring_case(uri, scheme)) return false;
  uri.remove_prefix(scheme.size());
  const std::string host = to_lower(uri.substr(0, uri.find_first_of("/?#:")));
  // Letters of plain host names only: no user name, no escapes, no other alphabet's dots.
  const auto is_plain = [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || c == '.' || c == '-';
  };
  if (host.empty() || host.ends_with('.') || !std::ranges::all_of(host, is_plain)) return false;
  constexpr std::array<std::string_view, 2> google = {"googleapis.com", "google.com"};
  return std::ranges::none_of(google, [&](auto each) { return host.ends_with(each); });
}

class Finder {
 public:
  explicit Finder(Format format) : format_(format) {}

  // `holder` is the normal name of the member that holds the value.
  std::optional<std::string> look_into(const json::value& value, const std::string& holder) const {
    if (const json::object* object = value.if_object()) return look_into(*object, holder);
    if (const json::array* array = value.if_array()) {
      for (const json::value& each : *array) {
        if (auto found = look_into(each, holder)) return found;
      }
    }
    return std::nullopt;
  }

  std::optional<std::string> look_into(const json::object& object,
                                       const std::string& holder) const {
    for (const auto& [key, value] : object) {
      const std::string name = normal(key);
      if (is_free(name, holder, object)) continue;
      if (refers(name, value, holder)) return std::string(std::string_view(key));
      if (auto found = look_into(value, name)) return found;
    }
    return std::nullopt;
  }

 private:
  bool is_free(const std::string& name, const std::string& holder,
               const json::object& object) const {
    if (holds(free_members(format_), name)) return true;
    if (format_ == Format::anthropic) {
      return name == "input" && string_or_empty(object, "type").ends_with("tool_use");
    }
    return format_ == Format::gemini && ((name == "args" && holder == "functioncall") ||
                                         (name == "response" && holder == "functionresponse"));
  }

  bool refers(const std::string& name, const json::value& value, const std::string& holder) const {
    if (value.is_null()) return false;
    if (holds(switches, name)) return !value.is_bool() || value.get_bool();
    if (holds(references, name)) return !value.is_array() || !value.get_array().empty();
    if (name == "prompt" || name == "audio") {
      const json::object* stored = value.if_object();
      return stored != nullptr && stored->contains("id");
    }
    if (name == "input" && format_ == Format::openai && value.is_array()) {
      return std::ranges::any_of(value.get_array(), is_stored_item);
    }
    if (!value.is_string()) return false;
    const std::string_view text(value.get_string().data(), value.get_string().size());
    if (name == "fileuri") return !is_public_uri(text);
    if (name == "model") return !global_key_may_use_model(text);
    if (name != "type") return false;
    return holds(reference_types, text) || (holder == "source" && text == "file");
  }

  static bool is_stored_item(const json::value& value) {
    const json::object* item = value.if_object();
    if (item == nullptr || string_or_empty(*item, "id").empty()) return false;
    const std::string_view type = string_or_empty(*item, "type");
    if (type == "reasoning" || type == "compaction") {
      return string_or_empty(*item, "encrypted_content").empty();
    }
    // A message may leave out its type, a mere reference too.
    if (type.empty()) return !item->contains("content");
    return !holds(whole_items, type);
  }

  Format format_;
};

}  // namespace

std::optional<std::string> find_stored_state(Format format, const json::object& body) {
  return Finder(format).look_into(body, {});
}

}  // namespace byok::providers

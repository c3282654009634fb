#include "daemon/http/json_body.hpp"

#include <algorithm>
#include <boost/json/parser.hpp>

#include "common/wipe_stack.hpp"
#include "common/wiping_resource.hpp"

namespace byok::http {
namespace {

namespace json = boost::json;

// What the values of `size` bytes of JSON take, unless they are very many and small.
constexpr std::size_t memory_for(std::size_t size) { return 4096 + size * 24; }

Error wrong_type(std::string_view name, std::string_view wanted) {
  return {Errc::bad_request, "'" + std::string(name) + "' must be " + std::string(wanted)};
}

}  // namespace

Result<JsonBody> JsonBody::parse(std::string_view text) {
  // For what finds no room: the parser's stack grows by copying itself.
  static WipingResource beyond;
  JsonBody body;
  body.memory_ = std::make_unique<WipingBuffer>(memory_for(text.size()));
  body.resource_ = std::make_unique<json::monotonic_resource>(
      reinterpret_cast<unsigned char*>(body.memory_->data()), body.memory_->size(), &beyond);
  json::storage_ptr storage(body.resource_.get());
  // Where the parser gathers a string or number before it becomes a value.
  unsigned char scratch[1024];
  WipeOnExit wipe_scratch(scratch, sizeof scratch);
  json::parser parser(storage, json::parse_options(), scratch, sizeof scratch);
  // The constructor's storage is for its stack alone: without this the values would be made on the
  // heap, and copied.
  parser.reset(storage);
  json::error_code ec;
  parser.write(text.empty() ? std::string_view("{}") : text, ec);
  // Where it gathers a string with escapes in it.
  wipe_stack<16 * 1024>();
  Error no_object{Errc::invalid_json, "the body must be one JSON object"};
  if (ec) return no_object;
  void* place = storage->allocate(sizeof(json::value), alignof(json::value));
  auto* value = new (place) json::value(parser.release(), storage);
  if (!value->is_object()) return no_object;
  body.object_ = &value->get_object();
  return body;
}

Result<std::optional<std::string_view>> text_member(const json::object& object,
                                                    std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (!value || value->is_null()) return std::optional<std::string_view>();
  if (!value->is_string()) return wrong_type(name, "a string");
  return std::optional<std::string_view>(value->get_string());
}

Result<std::optional<std::string_view>> JsonBody::text(std::string_view name) const {
  return text_member(*object_, name);
}

Result<std::optional<bool>> JsonBody::boolean(std::string_view name) const {
  const json::value* value = object_->if_contains(name);
  if (!value || value->is_null()) return std::optional<bool>();
  if (!value->is_bool()) return wrong_type(name, "true or false");
  return std::optional<bool>(value->get_bool());
}

Result<const json::object*> JsonBody::object(std::string_view name) const {
  const json::value* value = object_->if_contains(name);
  if (!value || value->is_null()) return nullptr;
  if (!value->is_object()) return wrong_type(name, "an object");
  return &value->get_object();
}

Result<void> JsonBody::only(std::initializer_list<std::string_view> names) const {
  for (const auto& member : *object_) {
    if (std::find(names.begin(), names.end(), std::string_view(member.key())) == names.end()) {
      // The name itself may be a secret that was put in the wrong place.
      std::string known;
      for (std::string_view name : names) known += (known.empty() ? "" : ", ") + std::string(name);
      return Error{Errc::bad_request,
                   "the body has a member that is not known here: it may have " + known};
    }
  }
  return {};
}

}  // namespace byok::http

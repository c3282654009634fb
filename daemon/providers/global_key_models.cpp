// Lists of models as a tenant may see them that calls with the operator's key.
#include <algorithm>
#include <boost/json/parse.hpp>

#include "daemon/providers/global_key.hpp"
#include "daemon/providers/json_read.hpp"

namespace byok::providers {
namespace {

namespace json = boost::json;

// Where a format keeps its models, and what it calls their names.
struct ListForm {
  std::string_view list;
  std::string_view name;
};

ListForm list_form(Format format) {
  if (format == Format::gemini) return {"models", "name"};
  return {"data", "id"};
}

bool is_the_operators(const json::value& model, std::string_view name) {
  const json::object* members = model.if_object();
  const json::value* value = members ? members->if_contains(name) : nullptr;
  return !value || !value->is_string() || !global_key_may_use_model(value->get_string());
}

}  // namespace

bool lists_models(Format format, std::string_view path) {
  if (format != Format::gemini) return path == "/v1/models";
  return path == "/v1/models" || path == "/v1beta/models" || path == "/v1alpha/models";
}

Result<std::string> models_for_global_key(Format format, std::string_view body) {
  ListForm form = list_form(format);
  json::error_code ec;
  json::value answer = json::parse(body, ec);
  json::object* members = ec ? nullptr : answer.if_object();
  json::value* list = members ? members->if_contains(form.list) : nullptr;
  if (!list || !list->is_array()) {
    return Error{Errc::provider_error, "the provider's list of models cannot be read: try again"};
  }
  json::array& models = list->get_array();
  auto kept = std::remove_if(models.begin(), models.end(), [&](const json::value& model) {
    return is_the_operators(model, form.name);
  });
  models.erase(kept, models.end());
  return to_text(answer);
}

}  // namespace byok::providers

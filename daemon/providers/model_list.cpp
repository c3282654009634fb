#include "daemon/providers/model_list.hpp"

#include "daemon/providers/json_read.hpp"
#include "daemon/providers/text.hpp"

namespace byok::providers {
namespace {

std::string with_next(std::string path, std::string_view parameter, std::string_view next) {
  if (next.empty()) return path;
  return path.append("&").append(parameter).append("=").append(percent_encoded(next));
}

std::string_view without_prefix(std::string_view name) {
  constexpr std::string_view models = "models/";
  return name.starts_with(models) ? name.substr(models.size()) : name;
}

}  // namespace

UpstreamRequest list_models_request(Format format, std::string_view next) {
  UpstreamRequest request;
  switch (format) {
    case Format::openai:
      request.path = "/v1/models";
      break;
    case Format::anthropic:
      request.path = with_next("/v1/models?limit=1000", "after_id", next);
      request.headers.push_back({"anthropic-version", "2023-06-01"});
      break;
    case Format::gemini:
      request.path = with_next("/v1beta/models?pageSize=1000", "pageToken", next);
      break;
  }
  return request;
}

Result<ModelPage> parse_model_page(Format format, std::string_view body) {
  const bool gemini = format == Format::gemini;
  const std::optional<json::object> parsed = parse_json_object(body);
  const json::array* models = parsed ? find_array(*parsed, gemini ? "models" : "data") : nullptr;
  // Where there are none, Google leaves the list out.
  if (!models && !(gemini && parsed && !parsed->contains("error"))) {
    return Error{Errc::provider_error, "the provider's list of models cannot be read: try again"};
  }
  ModelPage page;
  for (std::size_t i = 0; models && i < models->size(); ++i) {
    const json::object* model = (*models)[i].if_object();
    const std::string_view id =
        model ? string_or_empty(*model, gemini ? "name" : "id") : std::string_view();
    if (!id.empty()) page.ids.emplace_back(gemini ? without_prefix(id) : id);
  }
  if (gemini) page.next = string_or_empty(*parsed, "nextPageToken");
  if (format == Format::anthropic && is_true(*parsed, "has_more")) {
    page.next = string_or_empty(*parsed, "last_id");
  }
  return page;
}

}  // namespace byok::providers

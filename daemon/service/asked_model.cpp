#include "daemon/service/asked_model.hpp"

#include <algorithm>

#include "daemon/providers/body_scan.hpp"

namespace byok::service {

using http1::FieldId;

bool may_name_a_model(const http1::RequestHead& head) {
  if (!head.has_body() || http1::find(head.fields, FieldId::content_encoding)) return false;
  const http1::Field* type = http1::find(head.fields, FieldId::content_type);
  return !type || type->value.find("json") != std::string_view::npos ||
         type->value.starts_with("application/x-www-form-urlencoded") ||
         type->value.starts_with("text/plain");
}

std::string model_in_body(std::string_view body) {
  providers::BodyScan scan;
  scan.feed(body);
  return std::string(scan.model());
}

std::string_view model_in_path(std::string_view path) {
  const std::size_t last = path.rfind('/') + 1;
  std::string_view segment = path.substr(last);
  const std::size_t verb = std::min({segment.find(':'), segment.find("%3A"), segment.find("%3a")});
  if (verb == segment.npos) return {};
  segment = segment.substr(0, verb);
  const std::string_view collection = path.substr(0, last);
  if (collection.ends_with("/models/")) return segment;
  constexpr std::string_view tuned = "tunedModels/";
  if (!collection.ends_with(tuned)) return {};
  return path.substr(last - tuned.size(), tuned.size() + segment.size());
}

}  // namespace byok::service

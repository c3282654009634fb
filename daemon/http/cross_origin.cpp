#include "daemon/http/cross_origin.hpp"

#include <algorithm>

namespace byok::http {
namespace {

// What byokd's own errors and its marks are told by, and what SDKs read of an answer.
constexpr std::string_view exposed =
    "Access-Control-Expose-Headers: X-Byok-Request-Id, X-Byok-Provider, X-Byok-Key-Source, "
    "X-Byok-Dropped, Retry-After, Retry-After-Ms, X-Should-Retry, X-Request-Id, Request-Id\r\n";

// The origin that sent the request; empty where that is nobody, or not one alone.
std::string_view origin_of(const http1::RequestHead& head) {
  std::string_view origin;
  for (const http1::Field& field : head.fields) {
    if (field.id != http1::FieldId::origin) continue;
    if (!origin.empty()) return {};
    origin = field.value;
  }
  return origin;
}

}  // namespace

CrossOrigin cross_origin_of(const std::vector<std::string>& origins,
                            const http1::RequestHead& head) {
  if (origins.empty()) return {};
  auto found = std::ranges::find(origins, origin_of(head));
  return {true, found == origins.end() ? std::string_view() : *found};
}

void append_cross_origin(std::string& fields, const CrossOrigin& told) {
  // Said to everybody: a cache must not keep for a page that may what was told to one that may not.
  if (told.depends) fields += "Vary: Origin\r\n";
  if (told.origin.empty()) return;
  fields.append("Access-Control-Allow-Origin: ").append(told.origin).append("\r\n").append(exposed);
}

bool is_preflight(const http1::RequestHead& head) {
  return head.method == "OPTIONS" && !origin_of(head).empty() &&
         !http1::value_of(head.fields, "access-control-request-method").empty();
}

// SDKs have headers of their own, and more with each version: `*` is all but Authorization, which
// has to be named. Two hours is as long as browsers remember it.
const std::string_view preflight_fields =
    "Access-Control-Allow-Methods: GET, HEAD, POST, PUT, PATCH, DELETE\r\n"
    "Access-Control-Allow-Headers: Authorization, *\r\n"
    "Access-Control-Max-Age: 7200\r\n";

}  // namespace byok::http

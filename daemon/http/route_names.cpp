#include "daemon/http/route_names.hpp"

#include <array>
#include <functional>

namespace byok::http {
namespace {

// A path is under the first that it is, or begins with before a slash.
constexpr std::array<std::string_view, 9> provider_roots = {"/v1/chat/completions",
                                                            "/v1/messages",
                                                            "/v1/responses",
                                                            "/v1/embeddings",
                                                            "/v1/models",
                                                            "/v1",
                                                            "/v1beta",
                                                            "/v1alpha",
                                                            "/upload"};
constexpr std::string_view by_name = "/{provider}";

constexpr std::size_t first_root = malformed_request + 1;
constexpr std::size_t by_name_number = first_root + provider_roots.size();
constexpr std::size_t first_own = by_name_number + 1;

std::array<std::span<const Route>, 5> tables() {
  return {tenant_routes(), operator_routes(), handover_routes(), public_routes(), page_routes()};
}

bool is_under(std::string_view path, std::string_view root) {
  return path.starts_with(root) && (path.size() == root.size() || path[root.size()] == '/');
}

}  // namespace

std::vector<std::string> route_names() {
  std::vector<std::string> names{"none", "malformed"};
  names.insert(names.end(), provider_roots.begin(), provider_roots.end());
  names.emplace_back(by_name);
  for (std::span<const Route> table : tables()) {
    for (const Route& route : table) names.emplace_back(route.pattern);
  }
  return names;
}

std::size_t route_number(const Route& route) {
  std::size_t first = first_own;
  for (std::span<const Route> table : tables()) {
    const bool here = std::less_equal<>()(table.data(), &route) &&
                      std::less<>()(&route, table.data() + table.size());
    if (here) return first + static_cast<std::size_t>(&route - table.data());
    first += table.size();
  }
  return no_route;
}

std::size_t provider_route_number(std::string_view path) {
  for (std::size_t i = 0; i < provider_roots.size(); ++i) {
    if (is_under(path, provider_roots[i])) return first_root + i;
  }
  return by_name_number;
}

}  // namespace byok::http

// The routes by number and name, as the metrics and the log tell them: fixed at build time,
// whatever paths callers think of.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/http/routes.hpp"

namespace byok::http {

// What has no route: a path or method that is not there, and what is no request at all.
inline constexpr std::size_t no_route = 0;
inline constexpr std::size_t malformed_request = 1;

// By number: the patterns of byokd's own routes, "/v1/chat/completions" and others of the
// providers' paths, "none" and "malformed".
std::vector<std::string> route_names();

// Of one of byokd's own.
std::size_t route_number(const Route& route);
// Of a path of the providers'.
std::size_t provider_route_number(std::string_view path);

}  // namespace byok::http

// Points in time as JSON: RFC 3339, or null for never.
#pragma once

#include <boost/json/value.hpp>

#include "common/time.hpp"

namespace byok::http {

inline boost::json::value time_value(UnixTime time) {
  if (time == 0) return nullptr;
  return boost::json::value(to_rfc3339(time));
}

}  // namespace byok::http

// What a handler answers, and errors in the API's own shape.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>

#include "common/error.hpp"

namespace byok::http {

struct Reply {
  int status = 200;
  std::string fields;  // header lines, each ended by CRLF
  std::string body;
  bool sent = false;  // the handler has answered by itself
};

// Compact JSON, its members in the order that they were put in.
Reply json_reply(const boost::json::value& value, int status = 200);
// A handler that has answered by itself.
Reply sent_reply();
// {"error":CODE,"message":…,"requestId":…}, with the fields that belong to it.
Reply error_reply(const Error& error, std::string_view request_id);

}  // namespace byok::http

// What a handler answers, and errors in the API's own shape.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <string_view>

#include "common/error.hpp"
#include "common/secret.hpp"

namespace byok::http {

struct Reply {
  int status = 200;
  std::string fields;  // header lines, each ended by CRLF
  std::string body;
  bool sent = false;              // the handler has answered by itself
  WipingBuffer secret_body = {};  // in place of `body`, where a secret is in it

  std::string_view text() const {
    return secret_body.empty() ? body : std::string_view(secret_body.data(), secret_body.size());
  }
};

// Compact JSON, its members in the order that they were put in.
Reply json_reply(const boost::json::value& value, int status = 200);
// The same of an object with a secret in it: see append_with_secret().
Reply json_reply_with_secret(const boost::json::object& object, std::string_view name,
                             std::string_view secret, int status);
// Appends `object` as JSON, with `secret`, which needs no escaping, for the empty string that its
// member `name` is: inside a JSON value, and while that is written as text, copies would be left
// that nobody wipes.
void append_with_secret(WipingBuffer& out, const boost::json::object& object, std::string_view name,
                        std::string_view secret);
// Any other: `fields` are header lines, each ended by CRLF.
Reply plain_reply(int status, std::string_view fields, std::string body = {});
// A handler that has answered by itself.
Reply sent_reply();
// {"error":CODE,"message":…,"requestId":…}, with the fields that belong to it.
Reply error_reply(const Error& error, std::string_view request_id);

}  // namespace byok::http

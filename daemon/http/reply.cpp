#include "daemon/http/reply.hpp"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <ctime>

#include "daemon/http/status.hpp"

namespace byok::http {
namespace {

namespace json = boost::json;

constexpr std::string_view json_fields =
    "Content-Type: application/json\r\nCache-Control: no-store\r\n";

// IMF-fixdate of RFC 9110 section 5.6.7, made once a second and thread.
const std::string& date_field() {
  thread_local std::time_t made_at = 0;
  thread_local std::string field;
  std::time_t now = std::time(nullptr);
  if (now != made_at) {
    constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::tm utc{};
    gmtime_r(&now, &utc);
    field = fmt::format("Date: {}, {:02} {} {} {:02}:{:02}:{:02} GMT\r\n", days[utc.tm_wday],
                        utc.tm_mday, months[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour,
                        utc.tm_min, utc.tm_sec);
    made_at = now;
  }
  return field;
}

// WWW-Authenticate, Retry-After and the common ones.
std::string error_fields(const Error& error) {
  std::string fields = date_field() + std::string(json_fields);
  switch (error.code) {
    case Errc::unauthorized:
      fields += "WWW-Authenticate: Bearer realm=\"byok\"\r\n";
      break;
    case Errc::draining:
    case Errc::overloaded:
    case Errc::store_full:
      if (error.retry_after().empty()) fields += "Retry-After: 1\r\n";
      break;
    case Errc::key_unreadable:
    case Errc::sealed:
      // OpenAI's and Anthropic's clients try again after any status of 500 and above.
      fields += "x-should-retry: false\r\n";
      break;
    default:
      break;
  }
  if (!error.retry_after().empty()) fields += "Retry-After: " + error.retry_after() + "\r\n";
  return fields;
}

}  // namespace

Reply json_reply(const json::value& value, int status) {
  return {status, date_field() + std::string(json_fields), json::serialize(value)};
}

Reply sent_reply() {
  Reply reply;
  reply.sent = true;
  return reply;
}

Reply error_reply(const Error& error, std::string_view request_id) {
  json::object body;
  body["error"] = code_name(error.code);
  body["message"] = error.message();
  body["requestId"] = request_id;
  return {http_status(error.code), error_fields(error), json::serialize(body)};
}

}  // namespace byok::http

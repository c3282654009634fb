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

}  // namespace

Reply json_reply(const json::value& value, int status) {
  return {status, date_field() + std::string(json_fields), json::serialize(value)};
}

Reply sent_reply() {
  Reply reply;
  reply.sent = true;
  return reply;
}

std::string error_fields(Errc code) {
  std::string fields = date_field() + std::string(json_fields);
  if (code == Errc::unauthorized) fields += "WWW-Authenticate: Bearer realm=\"byok\"\r\n";
  if (code == Errc::draining || code == Errc::overloaded || code == Errc::store_full) {
    fields += "Retry-After: 1\r\n";
  }
  return fields;
}

Reply error_reply(const Error& error, std::string_view request_id) {
  json::object body;
  body["error"] = code_name(error.code);
  body["message"] = error.message();
  body["requestId"] = request_id;
  return {http_status(error.code), error_fields(error.code), json::serialize(body)};
}

}  // namespace byok::http

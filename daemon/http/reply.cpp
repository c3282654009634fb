#include "daemon/http/reply.hpp"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>
#include <ctime>
#include <stdexcept>

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
    default:
      break;
  }
  // OpenAI's and Anthropic's clients try again after 429 and any status of 500 and above.
  if (error.retry_is_useless() || error.code == Errc::key_unreadable ||
      error.code == Errc::sealed) {
    fields += "x-should-retry: false\r\n";
  }
  if (!error.retry_after().empty()) fields += "Retry-After: " + error.retry_after() + "\r\n";
  return fields;
}

// The API's errors have no member for it, so the sentence names what it is about.
std::string message_of(const Error& error) {
  const std::string& parameter = error.parameter();
  if (parameter.empty() || error.message().find(parameter) != std::string::npos) {
    return error.message();
  }
  return error.message() + " (in " + parameter + ")";
}

}  // namespace

Reply json_reply(const json::value& value, int status) {
  return {status, date_field() + std::string(json_fields), json::serialize(value)};
}

Reply json_reply_with_secret(const json::object& object, std::string_view name,
                             std::string_view secret, int status) {
  Reply reply{status, date_field() + std::string(json_fields), {}};
  append_with_secret(reply.secret_body, object, name, secret);
  return reply;
}

void append_with_secret(WipingBuffer& out, const json::object& object, std::string_view name,
                        std::string_view secret) {
  const std::string text = json::serialize(object);
  // A quote within a string is escaped, so that nothing else looks like this.
  const std::string member = "\"" + std::string(name) + "\":\"";
  const std::size_t place = text.find(member + "\"");
  if (place == text.npos) throw std::logic_error("there is no empty string to hold the secret");
  const std::size_t split = place + member.size();
  out.reserve(out.size() + text.size() + secret.size());
  out.insert(out.end(), text.begin(), text.begin() + static_cast<std::ptrdiff_t>(split));
  out.insert(out.end(), secret.begin(), secret.end());
  out.insert(out.end(), text.begin() + static_cast<std::ptrdiff_t>(split), text.end());
}

Reply plain_reply(int status, std::string_view fields, std::string body) {
  return {status, date_field() + std::string(fields), std::move(body)};
}

Reply sent_reply() {
  Reply reply;
  reply.sent = true;
  return reply;
}

Reply error_reply(const Error& error, std::string_view request_id) {
  json::object body;
  body["error"] = code_name(error.code);
  body["message"] = message_of(error);
  body["requestId"] = request_id;
  return {http_status(error.code), error_fields(error), json::serialize(body)};
}

}  // namespace byok::http

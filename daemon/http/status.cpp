#include "daemon/http/status.hpp"

namespace byok::http {

int http_status(Errc code) {
  // No default: a new Errc without a status is a compiler warning.
  switch (code) {
    case Errc::bad_request:
    case Errc::invalid_json:
    case Errc::invalid_key:
    case Errc::unknown_provider:
    case Errc::unknown_model:
    case Errc::invalid_tenant:
    case Errc::unsupported_parameter:
      return 400;
    case Errc::unauthorized:
      return 401;
    case Errc::forbidden:
    case Errc::global_key_not_allowed:
      return 403;
    case Errc::not_found:
    case Errc::key_not_found:
    case Errc::tenant_not_found:
      return 404;
    case Errc::method_not_allowed:
      return 405;
    case Errc::tenant_exists:
      return 409;
    case Errc::request_timeout:
      return 408;
    case Errc::link_used:
    case Errc::link_expired:
    case Errc::link_revoked:
      return 410;
    case Errc::length_required:
      return 411;
    case Errc::body_too_large:
      return 413;
    case Errc::unsupported_media_type:
      return 415;
    case Errc::no_provider_key:
    case Errc::key_rejected:
      return 422;
    case Errc::rate_limited:
      return 429;
    case Errc::headers_too_large:
      return 431;
    case Errc::internal:
    case Errc::key_unreadable:
      return 500;
    case Errc::provider_unreachable:
    case Errc::provider_error:
      return 502;
    case Errc::sealed:
    case Errc::draining:
    case Errc::overloaded:
    case Errc::store_full:
    case Errc::audit_unavailable:
      return 503;
    case Errc::provider_timeout:
      return 504;
  }
  return 500;  // not an Errc: memory is corrupt
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 402:
      return "Payment Required";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "Status";
  }
}

}  // namespace byok::http

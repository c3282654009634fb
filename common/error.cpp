#include "common/error.hpp"

#include <array>
#include <utility>

namespace byok {
namespace {

constexpr std::array all_codes = {
    Errc::bad_request,
    Errc::invalid_json,
    Errc::invalid_key,
    Errc::unknown_provider,
    Errc::unknown_model,
    Errc::invalid_tenant,
    Errc::unsupported_parameter,
    Errc::unauthorized,
    Errc::forbidden,
    Errc::global_key_not_allowed,
    Errc::not_found,
    Errc::key_not_found,
    Errc::tenant_not_found,
    Errc::method_not_allowed,
    Errc::tenant_exists,
    Errc::request_timeout,
    Errc::link_used,
    Errc::link_expired,
    Errc::link_revoked,
    Errc::length_required,
    Errc::body_too_large,
    Errc::unsupported_media_type,
    Errc::no_provider_key,
    Errc::key_rejected,
    Errc::rate_limited,
    Errc::headers_too_large,
    Errc::internal,
    Errc::key_unreadable,
    Errc::provider_unreachable,
    Errc::provider_error,
    Errc::sealed,
    Errc::draining,
    Errc::overloaded,
    Errc::store_full,
    Errc::audit_unavailable,
    Errc::provider_timeout,
};

}  // namespace

struct Error::Words {
  std::string message;
  std::string parameter{};
  std::string retry_after{};
  bool retry_is_useless = false;
};

Error::Error() : code(Errc::internal) {}
Error::Error(Errc error_code, std::string text, std::string about)
    : code(error_code), words_(new Words{std::move(text), std::move(about)}) {}
Error::Error(const Error& other)
    : code(other.code), words_(other.words_ ? new Words(*other.words_) : nullptr) {}
Error::Error(Error&& other) noexcept = default;
Error& Error::operator=(const Error& other) { return *this = Error(other); }
Error& Error::operator=(Error&& other) noexcept = default;
Error::~Error() = default;

namespace {
const std::string no_words;
}

const std::string& Error::message() const { return words_ ? words_->message : no_words; }
const std::string& Error::parameter() const { return words_ ? words_->parameter : no_words; }
const std::string& Error::retry_after() const { return words_ ? words_->retry_after : no_words; }

void Error::set_retry_after(std::string when) {
  if (!words_) words_.reset(new Words);
  words_->retry_after = std::move(when);
}

bool Error::retry_is_useless() const { return words_ && words_->retry_is_useless; }

void Error::set_retry_is_useless() {
  if (!words_) words_.reset(new Words);
  words_->retry_is_useless = true;
}

std::string_view code_name(Errc code) {
  // No default: a new Errc without a name is a compiler warning.
  switch (code) {
    case Errc::bad_request:
      return "BAD_REQUEST";
    case Errc::invalid_json:
      return "INVALID_JSON";
    case Errc::invalid_key:
      return "INVALID_KEY";
    case Errc::unknown_provider:
      return "UNKNOWN_PROVIDER";
    case Errc::unknown_model:
      return "UNKNOWN_MODEL";
    case Errc::invalid_tenant:
      return "INVALID_TENANT";
    case Errc::unsupported_parameter:
      return "UNSUPPORTED_PARAMETER";
    case Errc::unauthorized:
      return "UNAUTHORIZED";
    case Errc::forbidden:
      return "FORBIDDEN";
    case Errc::global_key_not_allowed:
      return "GLOBAL_KEY_NOT_ALLOWED";
    case Errc::not_found:
      return "NOT_FOUND";
    case Errc::key_not_found:
      return "KEY_NOT_FOUND";
    case Errc::tenant_not_found:
      return "TENANT_NOT_FOUND";
    case Errc::method_not_allowed:
      return "METHOD_NOT_ALLOWED";
    case Errc::tenant_exists:
      return "TENANT_EXISTS";
    case Errc::request_timeout:
      return "REQUEST_TIMEOUT";
    case Errc::link_used:
      return "LINK_USED";
    case Errc::link_expired:
      return "LINK_EXPIRED";
    case Errc::link_revoked:
      return "LINK_REVOKED";
    case Errc::length_required:
      return "LENGTH_REQUIRED";
    case Errc::body_too_large:
      return "BODY_TOO_LARGE";
    case Errc::unsupported_media_type:
      return "UNSUPPORTED_MEDIA_TYPE";
    case Errc::no_provider_key:
      return "NO_PROVIDER_KEY";
    case Errc::key_rejected:
      return "KEY_REJECTED";
    case Errc::rate_limited:
      return "RATE_LIMITED";
    case Errc::headers_too_large:
      return "HEADERS_TOO_LARGE";
    case Errc::internal:
      return "INTERNAL";
    case Errc::key_unreadable:
      return "KEY_UNREADABLE";
    case Errc::provider_unreachable:
      return "PROVIDER_UNREACHABLE";
    case Errc::provider_error:
      return "PROVIDER_ERROR";
    case Errc::sealed:
      return "SEALED";
    case Errc::draining:
      return "DRAINING";
    case Errc::overloaded:
      return "OVERLOADED";
    case Errc::store_full:
      return "STORE_FULL";
    case Errc::audit_unavailable:
      return "AUDIT_UNAVAILABLE";
    case Errc::provider_timeout:
      return "PROVIDER_TIMEOUT";
  }
  return "INTERNAL";  // not an Errc: memory is corrupt
}

std::optional<Errc> code_from_name(std::string_view name) {
  for (Errc code : all_codes) {
    if (code_name(code) == name) return code;
  }
  return std::nullopt;
}

}  // namespace byok

// The errors that a caller can act on. What nobody can act on (a failing disk, a broken OpenSSL, a
// bug) is thrown instead, and only the session boundary and the two mains catch.
#pragma once

#include <boost/system/result.hpp>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace byok {

// One enumerator for each code of the HTTP API; the order is that of their statuses.
enum class Errc {
  bad_request,
  invalid_json,
  invalid_key,
  unknown_provider,
  unknown_model,
  invalid_tenant,
  unsupported_parameter,
  unauthorized,
  forbidden,
  global_key_not_allowed,
  not_found,
  key_not_found,
  tenant_not_found,
  method_not_allowed,
  tenant_exists,
  request_timeout,
  link_used,
  link_expired,
  link_revoked,
  length_required,
  body_too_large,
  unsupported_media_type,
  no_provider_key,
  key_rejected,
  rate_limited,
  headers_too_large,
  internal,
  key_unreadable,
  provider_unreachable,
  provider_error,
  sealed,
  draining,
  overloaded,
  store_full,
  audit_unavailable,
  provider_timeout,
};

// The code as the API writes it: Errc::key_not_found is "KEY_NOT_FOUND".
std::string_view code_name(Errc code);

// The inverse of code_name; nothing where no such code exists.
std::optional<Errc> code_from_name(std::string_view name);

// Small, since a Result of any kind has room for one. Its functions are cold, and not inline, so
// that the compiler moves whatever makes or passes on an error out of the way of what goes well.
class Error {
 public:
  [[gnu::cold]] Error();  // Errc::internal; only because Result asks for one
  [[gnu::cold]] Error(Errc error_code, std::string text, std::string about = {});
  [[gnu::cold]] Error(const Error& other);
  [[gnu::cold]] Error(Error&& other) noexcept;
  [[gnu::cold]] Error& operator=(const Error& other);
  [[gnu::cold]] Error& operator=(Error&& other) noexcept;
  [[gnu::cold]] ~Error();

  Errc code;

  // One sentence for the user that says what to do; never holds a secret.
  const std::string& message() const;
  // The path of the request's parameter that is wrong, such as "messages[1].role"; mostly empty.
  const std::string& parameter() const;
  // When to try again, as Retry-After says it (RFC 9110 section 10.2.3); mostly empty.
  const std::string& retry_after() const;
  void set_retry_after(std::string when);
  // Trying again does not help: a client that would do so by itself is told.
  bool retry_is_useless() const;
  void set_retry_is_useless();

 private:
  struct Words;
  std::unique_ptr<Words> words_;  // none where it was moved from
};

// What Result<T>::value() throws when somebody did not check: a bug.
class UncheckedError : public std::logic_error {
 public:
  explicit UncheckedError(const Error& error) : std::logic_error(error.message()) {}
};

[[noreturn]] inline void throw_exception_from_error(const Error& error,
                                                    const boost::source_location&) {
  throw UncheckedError(error);
}

template <class T>
using Result = boost::system::result<T, Error>;

}  // namespace byok

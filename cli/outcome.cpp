#include "cli/outcome.hpp"

#include <stdexcept>

namespace byok::cli {

Exit exit_of(Errc code) {
  // No default: a new Errc without an exit code is a compiler warning.
  switch (code) {
    case Errc::unauthorized:
    case Errc::forbidden:
    case Errc::global_key_not_allowed:
      return Exit::unauthorized;
    case Errc::not_found:
    case Errc::key_not_found:
    case Errc::tenant_not_found:
      return Exit::not_found;
    case Errc::no_provider_key:
      return Exit::no_key;
    case Errc::bad_request:
    case Errc::invalid_json:
    case Errc::invalid_key:
    case Errc::unknown_provider:
    case Errc::unknown_model:
    case Errc::invalid_tenant:
    case Errc::unsupported_parameter:
    case Errc::method_not_allowed:
    case Errc::tenant_exists:
    case Errc::request_timeout:
    case Errc::link_used:
    case Errc::link_expired:
    case Errc::link_revoked:
    case Errc::length_required:
    case Errc::body_too_large:
    case Errc::unsupported_media_type:
    case Errc::key_rejected:
    case Errc::rate_limited:
    case Errc::headers_too_large:
    case Errc::internal:
    case Errc::key_unreadable:
    case Errc::provider_unreachable:
    case Errc::provider_error:
    case Errc::sealed:
    case Errc::draining:
    case Errc::overloaded:
    case Errc::store_full:
    case Errc::audit_unavailable:
    case Errc::provider_timeout:
      return Exit::failed;
  }
  return Exit::failed;  // not an Errc: memory is corrupt
}

Exit exit_of(HttpFailure failure) {
  switch (failure) {
    case HttpFailure::unreachable:
    case HttpFailure::untrusted:
    case HttpFailure::misnamed:
    case HttpFailure::invalid:
    case HttpFailure::no_tls:
    case HttpFailure::disagreed:
    case HttpFailure::broken:
    case HttpFailure::timed_out:
      return Exit::unreachable;
    case HttpFailure::unusable:
      return Exit::usage;
    case HttpFailure::interrupted:
      return Exit::interrupted;
  }
  return Exit::failed;  // not an HttpFailure: memory is corrupt
}

void throw_exception_from_error(const Failure& failure, const boost::source_location&) {
  throw std::logic_error(failure.message);
}

}  // namespace byok::cli

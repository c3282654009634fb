// Errors in the providers' shapes: reading theirs, writing byokd's own.
#pragma once

#include <string>
#include <string_view>

#include "common/error.hpp"
#include "daemon/providers/format.hpp"

namespace byok::providers {

// The provider's message out of an error body of any shape (an object, one wrapped in an array,
// "error" as an object or a string): servers in between answer in shapes of their own, so all are
// tried whatever the format. A general sentence where it holds none, as with HTML. At most 500
// bytes of UTF-8 without control characters. It may repeat parts of the key that was sent: not to
// be shown where that key is the operator's.
std::string error_message(Format format, std::string_view body);

// Whether a provider's words may be about the account that called: its key, organization or
// project. Where that is the operator's, they are not for a tenant.
bool speaks_of_account(std::string_view message);

// byokd's own error as the provider's API would answer it, so that its SDK raises the class that
// belongs to `status`. `request_id` is byokd's; only Anthropic's shape has a place for it.
std::string error_body(Format format, const Error& error, int status, std::string_view request_id);

}  // namespace byok::providers

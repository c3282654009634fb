// An HTTP/1 message's head, as views over the buffer that it was received in. Nothing is copied
// and, for up to the inline number of fields, nothing allocated: whoever holds a head holds the
// buffer.
#pragma once

#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <optional>
#include <string_view>

namespace byok::http1 {

// The fields that decide something here; all others are `other` and travel as they came.
enum class FieldId : std::uint8_t {
  other,
  accept_encoding,
  accept_language,
  anthropic_version,
  authorization,
  connection,
  content_encoding,
  content_length,
  content_type,
  cookie,
  expect,
  forwarded,
  host,
  keep_alive,
  origin,
  proxy_authenticate,
  proxy_authorization,
  proxy_connection,
  sec_fetch,  // every Sec-Fetch-*
  set_cookie,
  te,
  trailer,
  transfer_encoding,
  upgrade,
  via,
  x_api_key,
  x_byok,  // every X-Byok-* but the next
  x_byok_tenant,
  x_forwarded,  // every X-Forwarded-*, and X-Real-IP
  x_goog_api_client,
  x_goog_api_key,
};

struct Field {
  std::string_view name;   // as it was sent
  std::string_view value;  // without the white space around it
  FieldId id;
};

using Fields = boost::container::small_vector<Field, 24>;

// Which known field `name` is, without regard to case.
FieldId identify(std::string_view name);

// The first field of that kind; null where there is none.
const Field* find(const Fields& fields, FieldId id);
// The value of the first field of that name (any case); empty where there is none.
std::string_view value_of(const Fields& fields, std::string_view name);

// ASCII only: field names, tokens and schemes.
bool equal_ignoring_case(std::string_view a, std::string_view b);

// Whether the comma-separated list `list` holds `token`, in any case.
bool list_has(std::string_view list, std::string_view token);

struct RequestHead {
  std::string_view method;
  std::string_view target;  // origin-form, as it was sent
  std::string_view path;    // the target's, not decoded
  std::string_view query;   // without the '?'
  int minor_version = 1;    // of HTTP/1
  Fields fields;
  std::optional<std::uint64_t> content_length;
  bool chunked = false;
  bool keep_alive = true;
  bool expect_continue = false;
  std::size_t size = 0;  // of the whole head, its empty line included

  bool has_body() const { return chunked || content_length.value_or(0) > 0; }
};

struct ResponseHead {
  int status = 0;
  std::string_view reason;
  int minor_version = 1;
  Fields fields;
  std::optional<std::uint64_t> content_length;
  bool chunked = false;
  bool keep_alive = true;
  std::size_t size = 0;
};

}  // namespace byok::http1

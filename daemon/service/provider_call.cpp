#include "daemon/service/provider_call.hpp"

#include <algorithm>
#include <charconv>

#include "daemon/providers/global_key.hpp"

namespace byok::service {
namespace {

using http1::FieldId;

// Fields that speak of one connection (RFC 9110 section 7.6.1) or frame one message.
bool is_hop_by_hop(FieldId id) {
  switch (id) {
    case FieldId::connection:
    case FieldId::content_length:
    case FieldId::keep_alive:
    case FieldId::proxy_authenticate:
    case FieldId::proxy_authorization:
    case FieldId::proxy_connection:
    case FieldId::te:
    case FieldId::trailer:
    case FieldId::transfer_encoding:
    case FieldId::upgrade:
      return true;
    default:
      return false;
  }
}

// Fields that are the caller's own affair, or byokd's.
bool stays_here(FieldId id) {
  switch (id) {
    case FieldId::accept_language:
    case FieldId::authorization:
    case FieldId::cookie:
    case FieldId::expect:
    case FieldId::forwarded:
    case FieldId::host:
    case FieldId::origin:
    case FieldId::sec_fetch:
    case FieldId::via:
    case FieldId::x_api_key:
    case FieldId::x_byok:
    case FieldId::x_byok_tenant:
    case FieldId::x_forwarded:
    case FieldId::x_goog_api_key:
      return true;
    default:
      return false;
  }
}

// The names that Connection makes hop-by-hop besides the known ones: none in all but rare cases.
class Nominated {
 public:
  explicit Nominated(const http1::Fields& fields)
      : fields_(fields), any_(std::ranges::any_of(fields, [](const http1::Field& field) {
          return field.id == FieldId::connection &&
                 !http1::equal_ignoring_case(field.value, "keep-alive") &&
                 !http1::equal_ignoring_case(field.value, "close");
        })) {}

  bool has(std::string_view name) const {
    return any_ && std::ranges::any_of(fields_, [name](const http1::Field& field) {
             return field.id == FieldId::connection && http1::list_has(field.value, name);
           });
  }

 private:
  const http1::Fields& fields_;
  bool any_;
};

// Which pages may read an answer is byokd's to say (cors.origins), whatever a provider allows.
bool speaks_to_browsers(const http1::Field& field) {
  constexpr std::string_view family = "access-control-";
  return field.id == FieldId::other && field.name.size() > family.size() &&
         http1::equal_ignoring_case(field.name.substr(0, family.size()), family);
}

void add_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

void add_own_fields(std::string& out, const Provider& provider, KeySource source) {
  add_field(out, "X-Byok-Provider", provider.id.view());
  add_field(out, "X-Byok-Key-Source", source_name(source));
}

// What providers name a call by: OpenAI with the first, Anthropic with the second.
constexpr std::string_view openai_request_id = "x-request-id";
constexpr std::string_view anthropic_request_id = "request-id";

// Fields that providers and their SDKs tell limits and calls by.
bool is_about_the_call(std::string_view name) {
  for (std::string_view prefix : {"x-ratelimit-", "anthropic-ratelimit-"}) {
    if (http1::equal_ignoring_case(name.substr(0, prefix.size()), prefix)) return true;
  }
  return http1::equal_ignoring_case(name, openai_request_id) ||
         http1::equal_ignoring_case(name, anthropic_request_id);
}

}  // namespace

RequestHeadWriter::RequestHeadWriter(std::string_view method, const Provider& provider,
                                     std::string_view target)
    : provider_(provider) {
  out_.append(method);
  out_.append(" ");
  out_.append(provider.target.base_path);
  out_.append(target);
  out_.append(" HTTP/1.1\r\n");
  add("Host", provider.target.host_field);
}

void RequestHeadWriter::add(std::string_view name, std::string_view value) {
  out_.append(name);
  out_.append(": ");
  out_.append(value);
  out_.append("\r\n");
}

void RequestHeadWriter::add_callers(const http1::Fields& fields, KeySource source) {
  const Nominated nominated(fields);
  for (const http1::Field& field : fields) {
    if (is_hop_by_hop(field.id) || stays_here(field.id)) continue;
    if (nominated.has(field.name)) continue;
    if (http1::equal_ignoring_case(field.name, provider_.auth_header)) continue;
    if (source == KeySource::global &&
        (field.id == FieldId::accept_encoding || providers::global_key_drops_header(field.name))) {
      continue;
    }
    add(field.name, field.value);
  }
  // What such a call answers may have to be looked at.
  if (source == KeySource::global) add("Accept-Encoding", "identity");
}

SecretText RequestHeadWriter::finish(const CallKey& key, std::optional<std::uint64_t> length,
                                     bool chunked) && {
  out_.append(provider_.auth_header);
  out_.append(": ");
  out_.append(provider_.auth_prefix);
  out_.append(key.secret.reveal());
  out_.append("\r\n");
  if (chunked) {
    add("Transfer-Encoding", "chunked");
  } else if (length) {
    char digits[20];
    auto end = std::to_chars(digits, digits + sizeof digits, *length).ptr;
    add("Content-Length", std::string_view(digits, static_cast<std::size_t>(end - digits)));
  }
  out_.append("\r\n");
  return std::move(out_);
}

std::string answer_fields(const http1::Fields& fields, const Provider& provider, KeySource source) {
  std::string out;
  out.reserve(1024);
  const Nominated nominated(fields);
  for (const http1::Field& field : fields) {
    if (is_hop_by_hop(field.id) || field.id == FieldId::x_byok ||
        field.id == FieldId::x_byok_tenant || speaks_to_browsers(field)) {
      continue;
    }
    if (nominated.has(field.name)) continue;
    if (source == KeySource::global &&
        (field.id == FieldId::set_cookie || providers::global_key_drops_header(field.name))) {
      continue;
    }
    add_field(out, field.name, field.value);
  }
  add_own_fields(out, provider, source);
  return out;
}

std::string rewritten_answer_fields(const http1::Fields& fields, const Provider& provider,
                                    KeySource source) {
  std::string out;
  for (const http1::Field& field : fields) {
    if (source == KeySource::tenant && is_about_the_call(field.name)) {
      add_field(out, field.name, field.value);
    }
  }
  // OpenAI's SDKs, which read what is translated, know one name for it.
  const std::string_view id = http1::value_of(fields, anthropic_request_id);
  if (source == KeySource::tenant && !id.empty() &&
      http1::value_of(fields, openai_request_id).empty()) {
    add_field(out, "X-Request-Id", id);
  }
  add_own_fields(out, provider, source);
  return out;
}

std::string dropped_field(const std::vector<std::string>& names) {
  constexpr std::size_t longest = 1024;
  std::string value;
  for (const std::string& name : names) {
    bool plain = true;
    for (char c : name) plain = plain && c > ' ' && c <= '~' && c != ',';
    if (!plain || value.size() + name.size() > longest) continue;
    value.append(value.empty() ? "" : ", ").append(name);
  }
  return value.empty() ? value : "X-Byok-Dropped: " + value + "\r\n";
}

}  // namespace byok::service

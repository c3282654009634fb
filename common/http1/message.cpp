#include "common/http1/message.hpp"

#include "common/http1/characters.hpp"

namespace byok::http1 {
namespace {

struct Known {
  std::string_view name;  // in lower case
  FieldId id;
};

constexpr Known known_fields[] = {
    {"te", FieldId::te},
    {"via", FieldId::via},
    {"host", FieldId::host},
    {"cookie", FieldId::cookie},
    {"expect", FieldId::expect},
    {"origin", FieldId::origin},
    {"trailer", FieldId::trailer},
    {"upgrade", FieldId::upgrade},
    {"forwarded", FieldId::forwarded},
    {"x-api-key", FieldId::x_api_key},
    {"x-real-ip", FieldId::x_forwarded},
    {"connection", FieldId::connection},
    {"keep-alive", FieldId::keep_alive},
    {"set-cookie", FieldId::set_cookie},
    {"content-type", FieldId::content_type},
    {"authorization", FieldId::authorization},
    {"x-byok-tenant", FieldId::x_byok_tenant},
    {"content-length", FieldId::content_length},
    {"x-goog-api-key", FieldId::x_goog_api_key},
    {"accept-encoding", FieldId::accept_encoding},
    {"accept-language", FieldId::accept_language},
    {"content-encoding", FieldId::content_encoding},
    {"proxy-connection", FieldId::proxy_connection},
    {"anthropic-version", FieldId::anthropic_version},
    {"transfer-encoding", FieldId::transfer_encoding},
    {"x-goog-api-client", FieldId::x_goog_api_client},
    {"proxy-authenticate", FieldId::proxy_authenticate},
    {"proxy-authorization", FieldId::proxy_authorization},
};
constexpr std::size_t longest_known = 19;

// Where the names of each length begin in known_fields, which is sorted by length.
constexpr auto first_of_length = [] {
  std::array<std::uint8_t, longest_known + 2> first{};
  std::size_t next = 0;
  for (std::size_t length = 0; length < first.size(); ++length) {
    while (next < std::size(known_fields) && known_fields[next].name.size() < length) ++next;
    first[length] = static_cast<std::uint8_t>(next);
  }
  return first;
}();

constexpr Known families[] = {{"x-byok-", FieldId::x_byok},
                              {"sec-fetch-", FieldId::sec_fetch},
                              {"x-forwarded-", FieldId::x_forwarded}};

// `lower` is in lower case already.
bool is_name(std::string_view name, std::string_view lower) {
  for (std::size_t i = 0; i < lower.size(); ++i) {
    if (to_lower(name[i]) != lower[i]) return false;
  }
  return true;
}

}  // namespace

FieldId identify(std::string_view name) {
  if (name.size() <= longest_known) {
    for (std::size_t i = first_of_length[name.size()]; i < first_of_length[name.size() + 1]; ++i) {
      if (is_name(name, known_fields[i].name)) return known_fields[i].id;
    }
  }
  for (const Known& family : families) {
    if (name.size() > family.name.size() && is_name(name, family.name)) return family.id;
  }
  return FieldId::other;
}

const Field* find(const Fields& fields, FieldId id) {
  for (const Field& field : fields) {
    if (field.id == id) return &field;
  }
  return nullptr;
}

std::string_view value_of(const Fields& fields, std::string_view name) {
  for (const Field& field : fields) {
    if (equal_ignoring_case(field.name, name)) return field.value;
  }
  return {};
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (to_lower(a[i]) != to_lower(b[i])) return false;
  }
  return true;
}

bool list_has(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    std::size_t comma = list.find(',');
    if (equal_ignoring_case(trim(list.substr(0, comma)), token)) return true;
    if (comma == list.npos) break;
    list.remove_prefix(comma + 1);
  }
  return false;
}

}  // namespace byok::http1

#include "daemon/http/query.hpp"

#include <charconv>

namespace byok::http {

std::string_view query_value(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    std::size_t end = query.find('&');
    std::string_view pair = query.substr(0, end);
    if (pair.starts_with(name) && pair.substr(name.size()).starts_with('=')) {
      return pair.substr(name.size() + 1);
    }
    if (end == query.npos) break;
    query.remove_prefix(end + 1);
  }
  return {};
}

Result<Paging> paging_in(std::string_view query) {
  constexpr std::size_t longest_list = 1000;
  Paging paging{longest_list, {}};
  if (std::string_view text = query_value(query, "limit"); !text.empty()) {
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, paging.most);
    if (error != std::errc() || rest != end || paging.most < 1 || paging.most > longest_list) {
      return Error{Errc::bad_request, "'limit' must be a number from 1 to 1000"};
    }
  }
  if (std::string_view text = query_value(query, "after"); !text.empty()) {
    Result<TenantId> id = TenantId::parse(text);
    if (!id) return id.error();
    paging.after = *id;
  }
  return paging;
}

}  // namespace byok::http

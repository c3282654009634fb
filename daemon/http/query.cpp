#include "daemon/http/query.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <vector>

#include "common/nearest_name.hpp"

namespace byok::http {
namespace {

constexpr std::size_t longest_list = 1000;

// The part before the next `separator`, which is taken off `rest` with it.
std::string_view take_part(std::string_view& rest, char separator) {
  const std::size_t end = rest.find(separator);
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
  return part;
}

std::string nearest(std::string_view name, std::string_view known) {
  std::string_view best;
  std::size_t smallest = std::numeric_limits<std::size_t>::max();
  while (!known.empty()) {
    const std::string_view candidate = take_part(known, ' ');
    // A name of any length may come; what is longer than this is near to none.
    const std::size_t distance = edit_distance(name.substr(0, 64), candidate);
    if (distance < smallest) best = candidate;
    smallest = std::min(smallest, distance);
  }
  return std::string(best);
}

bool is_one_of(std::string_view known, std::string_view name) {
  while (!known.empty()) {
    if (take_part(known, ' ') == name) return true;
  }
  return false;
}

// What ?after= names: the id of a record of that kind, or nothing.
Result<std::string> id_behind(std::string_view query, std::string_view prefix,
                              std::string_view kind) {
  const std::string_view after = query_value(query, "after");
  // A secret text, which may have been taken for its id, begins otherwise.
  if (!after.empty() && (!after.starts_with(prefix) || after.size() > 64)) {
    return Error{Errc::bad_request, fmt::format("'after' must be a {}'s id, {}...", kind, prefix)};
  }
  return std::string(after);
}

}  // namespace

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

Result<void> check_query(std::string_view query, std::string_view known) {
  std::vector<std::string_view> seen;
  while (!query.empty()) {
    const std::string_view pair = take_part(query, '&');
    if (pair.empty()) continue;
    const std::string_view name = pair.substr(0, pair.find('='));
    if (known.empty()) {
      return Error{Errc::bad_request, "this path takes nothing behind '?': leave it out"};
    }
    if (!is_one_of(known, name)) {
      return Error{Errc::bad_request,
                   "the query has a name that is not known here: did you mean '" +
                       nearest(name, known) + "'?"};
    }
    const std::string quoted = "'" + std::string(name) + "'";
    if (name.size() == pair.size()) {
      return Error{Errc::bad_request, quoted + " needs a value in the query, behind '='"};
    }
    if (std::ranges::find(seen, name) != seen.end()) {
      return Error{Errc::bad_request, quoted + " stands in the query twice: give it once"};
    }
    seen.push_back(name);
  }
  return {};
}

Result<bool> flag_in(std::string_view query, std::string_view name) {
  const std::string_view text = query_value(query, name);
  if (text == "true") return true;
  if (text == "false") return false;
  const bool absent = text.data() == nullptr;
  if (absent) return false;
  return Error{Errc::bad_request, "'" + std::string(name) + "' must be true or false"};
}

Result<std::uint64_t> number_in(std::string_view query, std::string_view name,
                                std::uint64_t otherwise, std::uint64_t most) {
  const std::string_view text = query_value(query, name);
  if (text.empty()) return otherwise;
  std::uint64_t number = 0;
  const char* last = text.data() + text.size();
  const auto [end, failure] = std::from_chars(text.data(), last, number);
  if (failure != std::errc() || end != last || number == 0 || number > most) {
    return Error{Errc::bad_request,
                 fmt::format("'{}' must be a whole number from 1 to {}", name, most),
                 std::string(name)};
  }
  return number;
}

Result<Paging> paging_in(std::string_view query) {
  Result<std::uint64_t> most = number_in(query, "limit", longest_list, longest_list);
  if (!most) return most.error();
  Paging paging{*most, {}};
  if (std::string_view text = query_value(query, "after"); !text.empty()) {
    Result<TenantId> id = TenantId::parse(text);
    if (!id) return id.error();
    paging.after = *id;
  }
  return paging;
}

Result<service::TokenRange> token_range_in(std::string_view query) {
  Result<std::uint64_t> most = number_in(query, "limit", longest_list, longest_list);
  if (!most) return most.error();
  Result<std::string> after = id_behind(query, "tok_", "token");
  if (!after) return after.error();
  return service::TokenRange{std::move(*after), *most};
}

Result<service::LinkRange> link_range_in(std::string_view query) {
  Result<std::uint64_t> most = number_in(query, "limit", longest_list, longest_list);
  if (!most) return most.error();
  Result<std::string> after = id_behind(query, "lnk_", "link");
  if (!after) return after.error();
  service::LinkRange range{{}, std::move(*after), *most};
  if (std::string_view text = query_value(query, "tenant"); !text.empty()) {
    Result<TenantId> tenant = TenantId::parse(text);
    if (!tenant) return tenant.error();
    range.tenant = *tenant;
  }
  return range;
}

}  // namespace byok::http

#include "daemon/service/trace_context.hpp"

#include <algorithm>

namespace byok::service {
namespace {

constexpr std::string_view parent_name = "traceparent";
constexpr std::string_view state_name = "tracestate";

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_zero(std::string_view digits) { return digits.find_first_not_of('0') == digits.npos; }

// Section 3.2: version-trace-parent-flags. A version after the first may have more behind.
std::string_view trace_of(std::string_view parent) {
  constexpr std::size_t size = 55;
  if (parent.size() < size) return {};
  const std::string_view version = parent.substr(0, 2);
  const std::string_view trace = parent.substr(3, 32);
  const std::string_view span = parent.substr(36, 16);
  const std::string_view flags = parent.substr(53, 2);
  if (parent[2] != '-' || parent[35] != '-' || parent[52] != '-') return {};
  if (!is_hex(version) || !is_hex(trace) || !is_hex(span) || !is_hex(flags)) return {};
  if (version == "ff" || is_zero(trace) || is_zero(span)) return {};
  if (parent.size() > size && (version == "00" || parent[size] != '-')) return {};
  return trace;
}

// The one field of that name; null where there is none, or several.
const http1::Field* find_parent(const http1::Fields& fields) {
  const http1::Field* found = nullptr;
  for (const http1::Field& field : fields) {
    if (!http1::equal_ignoring_case(field.name, parent_name)) continue;
    if (found != nullptr) return nullptr;
    found = &field;
  }
  return found;
}

}  // namespace

std::string_view trace_id(const http1::Fields& fields) {
  const http1::Field* parent = find_parent(fields);
  return parent != nullptr ? trace_of(parent->value) : std::string_view();
}

void add_trace_context(const http1::Fields& fields,
                       std::vector<providers::RequestHeader>& headers) {
  const http1::Field* parent = find_parent(fields);
  if (parent == nullptr || trace_of(parent->value).empty()) return;
  headers.push_back({parent_name, parent->value});
  for (const http1::Field& field : fields) {
    if (http1::equal_ignoring_case(field.name, state_name)) {
      headers.push_back({state_name, field.value});
    }
  }
}

}  // namespace byok::service

#include "daemon/http/gate.hpp"

#include <algorithm>
#include <charconv>

#include "common/http1/characters.hpp"

namespace byok::http {
namespace {

using http1::FieldId;
using http1::is;

constexpr Inspection accepted{Verdict::accepted};
constexpr Inspection incomplete{Verdict::incomplete};

constexpr Inspection refused(const char* reason) {
  return {Verdict::refused, Errc::bad_request, reason};
}

// What has come of a head that is not complete: enough to refuse what can become none.
Inspection inspect_beginning(std::string_view received, std::size_t searched) {
  if (received.size() >= max_head_size) {
    return {Verdict::refused, Errc::headers_too_large, "the request's header is over 32 KiB"};
  }
  if (!received.empty() && !is(received[0], http1::token_char)) {
    return refused("this is not an HTTP/1 request");
  }
  for (std::size_t at = received.find('\n', searched); at != received.npos;
       at = received.find('\n', at + 1)) {
    if (at == 0 || received[at - 1] != '\r') return refused("a line ends in LF without CR");
  }
  return incomplete;
}

bool is_dot(std::string_view segment) {
  if (segment == ".") return true;
  return segment.size() == 3 && segment[0] == '%' && segment[1] == '2' &&
         http1::to_lower(segment[2]) == 'e';
}

// Whether a server that decodes the segment would take it for "." or "..".
bool is_dot_segment(std::string_view segment) {
  if (segment.size() > 6) return false;
  for (std::size_t first : {std::size_t{1}, std::size_t{3}}) {
    if (segment.size() < first || !is_dot(segment.substr(0, first))) continue;
    if (segment.size() == first || is_dot(segment.substr(first))) return true;
  }
  return false;
}

const char* check_path(std::string_view path) {
  for (std::size_t begin = 1; begin <= path.size();) {
    std::size_t end = std::min(path.find('/', begin), path.size());
    if (end == begin && end < path.size()) return "the path has an empty segment (//)";
    if (is_dot_segment(path.substr(begin, end - begin))) return "the path has a . or .. segment";
    begin = end + 1;
  }
  return nullptr;
}

const char* check_target(std::string_view target) {
  if (target.empty() || target[0] != '/') return "the target must be a path that begins with /";
  for (std::size_t i = 0; i < target.size(); ++i) {
    if (!is(target[i], http1::target_char)) return "the target has a character outside RFC 3986";
    if (target[i] == '%' && (i + 2 >= target.size() || !is(target[i + 1], http1::hex_char) ||
                             !is(target[i + 2], http1::hex_char))) {
      return "the target has a % without two hexadecimal digits";
    }
  }
  return nullptr;
}

Inspection take_request_line(std::string_view line, http1::RequestHead& head) {
  std::size_t method_end = line.find(' ');
  std::size_t target_end = line.rfind(' ');
  if (method_end == line.npos || method_end == 0 || target_end <= method_end + 1) {
    return refused("the request line is not 'METHOD TARGET HTTP/1.1'");
  }
  head.method = line.substr(0, method_end);
  head.target = line.substr(method_end + 1, target_end - method_end - 1);
  std::string_view version = line.substr(target_end + 1);
  if (!all(head.method, http1::token_char)) return refused("the method is not a token");
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    return refused("the version must be HTTP/1.1 or HTTP/1.0");
  }
  head.minor_version = version.back() - '0';
  if (const char* reason = check_target(head.target)) return refused(reason);
  std::size_t mark = head.target.find('?');
  head.path = head.target.substr(0, mark);
  head.query = mark == head.target.npos ? std::string_view() : head.target.substr(mark + 1);
  if (const char* reason = check_path(head.path)) return refused(reason);
  return accepted;
}

// A name that some server could read as another: with its punctuation gone it is a framing field,
// or with '_' for '-' it is a field that decides something.
bool is_disguised(std::string_view name) {
  char folded[32];
  if (name.size() >= sizeof folded) return false;
  std::size_t letters = 0;
  bool underscore = false;
  char dashed[sizeof folded];
  for (std::size_t i = 0; i < name.size(); ++i) {
    char c = http1::to_lower(name[i]);
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) folded[letters++] = c;
    underscore |= c == '_';
    dashed[i] = c == '_' ? '-' : c;
  }
  std::string_view only_letters(folded, letters);
  if (only_letters == "contentlength" || only_letters == "transferencoding") return true;
  return underscore && http1::identify(std::string_view(dashed, name.size())) != FieldId::other;
}

bool must_be_strict(FieldId id) {
  switch (id) {
    case FieldId::authorization:
    case FieldId::connection:
    case FieldId::content_length:
    case FieldId::expect:
    case FieldId::host:
    case FieldId::transfer_encoding:
    case FieldId::x_api_key:
    case FieldId::x_byok_tenant:
    case FieldId::x_goog_api_key:
      return true;
    default:
      return false;
  }
}

bool must_be_single(FieldId id) {
  switch (id) {
    case FieldId::authorization:
    case FieldId::content_length:
    case FieldId::content_type:
    case FieldId::expect:
    case FieldId::host:
    case FieldId::transfer_encoding:
    case FieldId::x_api_key:
    case FieldId::x_byok_tenant:
    case FieldId::x_goog_api_key:
      return true;
    default:
      return false;
  }
}

Inspection take_field(std::string_view line, http1::RequestHead& head) {
  std::size_t colon = 0;
  while (colon < line.size() && is(line[colon], http1::token_char)) ++colon;
  if (colon == 0 || colon == line.size() || line[colon] != ':') {
    return refused("a header line is not 'name: value'");
  }
  std::string_view raw = line.substr(colon + 1);
  if (!all(raw, http1::value_char)) return refused("a header's value has a control character");
  http1::Field field{line.substr(0, colon), http1::trim(raw), FieldId::other};
  field.id = http1::identify(field.name);
  if (field.id == FieldId::other) {
    if (is_disguised(field.name)) return refused("a header's name resembles one that decides");
  } else if (must_be_strict(field.id) && !all(field.value, http1::strict_char)) {
    return refused("a header that decides something has a byte outside ASCII");
  }
  if (head.fields.size() == max_fields) {
    return {Verdict::refused, Errc::headers_too_large, "the request has over 256 headers"};
  }
  head.fields.push_back(field);
  return accepted;
}

bool parse_length(std::string_view text, std::uint64_t& length) {
  // Fewer than 19 digits: no sum with a buffer's size can overflow.
  if (text.empty() || text.size() > 18) return false;
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    return false;
  }
  std::from_chars(text.data(), text.data() + text.size(), length);
  return true;
}

// What the fields say of the message as a whole.
Inspection weigh_fields(http1::RequestHead& head) {
  std::uint32_t seen = 0;
  static_assert(static_cast<int>(FieldId::x_goog_api_key) < 32);
  head.keep_alive = head.minor_version == 1;
  for (const http1::Field& field : head.fields) {
    std::uint32_t bit = 1u << static_cast<int>(field.id);
    if (must_be_single(field.id) && (seen & bit) != 0) {
      return refused("a header that may stand once stands twice");
    }
    seen |= bit;
    switch (field.id) {
      case FieldId::content_length: {
        std::uint64_t length = 0;
        if (!parse_length(field.value, length)) return refused("Content-Length is not a length");
        head.content_length = length;
        break;
      }
      case FieldId::transfer_encoding:
        if (!http1::equal_ignoring_case(field.value, "chunked")) {
          return refused("the only transfer coding is 'chunked'");
        }
        head.chunked = true;
        break;
      case FieldId::connection:
        if (http1::list_has(field.value, "close")) {
          head.keep_alive = false;
        }
        break;
      case FieldId::expect:
        if (!http1::equal_ignoring_case(field.value, "100-continue")) {
          return refused("the only expectation is '100-continue'");
        }
        head.expect_continue = head.minor_version == 1;
        break;
      case FieldId::trailer:
        return refused("trailers are not taken");
      default:
        break;
    }
  }
  if ((seen & (1u << static_cast<int>(FieldId::host))) == 0) {
    return refused("the Host header is missing");
  }
  if (head.chunked && (head.content_length || head.minor_version == 0)) {
    return refused("Transfer-Encoding beside Content-Length, or on HTTP/1.0");
  }
  if (head.has_body() && (head.method == "GET" || head.method == "HEAD")) {
    return refused("a GET or HEAD request has no body");
  }
  return accepted;
}

}  // namespace

Inspection inspect(std::string_view received, std::size_t searched, http1::RequestHead& head) {
  // The terminator may have begun up to three bytes before what is new.
  std::size_t end = received.find("\r\n\r\n", searched > 3 ? searched - 3 : 0);
  if (end == received.npos || end + 4 > max_head_size) {
    return inspect_beginning(received, end == received.npos ? searched : 0);
  }

  head.fields.clear();
  head.content_length.reset();
  head.chunked = head.expect_continue = false;
  head.size = end + 4;

  std::string_view rest = received.substr(0, end + 2);
  for (bool first = true; !rest.empty(); first = false) {
    std::size_t line_end = rest.find('\n');
    if (line_end == 0 || rest[line_end - 1] != '\r') {
      return refused("a line ends in LF without CR");
    }
    std::string_view line = rest.substr(0, line_end - 1);
    Inspection taken = first ? take_request_line(line, head) : take_field(line, head);
    if (taken.verdict == Verdict::refused) return taken;
    rest.remove_prefix(line_end + 1);
  }
  return weigh_fields(head);
}

}  // namespace byok::http

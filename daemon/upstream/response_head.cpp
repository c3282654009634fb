#include "daemon/upstream/response_head.hpp"

#include <algorithm>
#include <charconv>

#include "common/http1/characters.hpp"

namespace byok::upstream {
namespace {

using http1::FieldId;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool take_status_line(std::string_view line, http1::ResponseHead& head) {
  // HTTP/1.x SP 3DIGIT [SP reason]
  if (line.size() < 12 || !line.starts_with("HTTP/1.") || !is_digit(line[7]) || line[8] != ' ' ||
      !std::all_of(line.begin() + 9, line.begin() + 12, is_digit)) {
    return false;
  }
  if (line.size() > 12 && line[12] != ' ') return false;
  head.minor_version = line[7] - '0';
  std::from_chars(line.data() + 9, line.data() + 12, head.status);
  head.reason = line.size() > 13 ? line.substr(13) : std::string_view();
  return head.status >= 100 && head.status <= 599 && all(head.reason, http1::value_char);
}

bool take_field(std::string_view line, http1::ResponseHead& head) {
  std::size_t colon = 0;
  while (colon < line.size() && http1::is(line[colon], http1::token_char)) ++colon;
  if (colon == 0 || colon == line.size() || line[colon] != ':') return false;
  std::string_view raw = line.substr(colon + 1);
  if (!all(raw, http1::value_char)) return false;
  std::string_view name = line.substr(0, colon);
  head.fields.push_back({name, http1::trim(raw), http1::identify(name)});
  return true;
}

bool take_length(std::string_view text, http1::ResponseHead& head) {
  if (head.content_length || text.empty() || text.size() > 18 ||
      !std::all_of(text.begin(), text.end(), is_digit)) {
    return false;
  }
  std::uint64_t length = 0;
  std::from_chars(text.data(), text.data() + text.size(), length);
  head.content_length = length;
  return true;
}

bool weigh_fields(http1::ResponseHead& head) {
  head.keep_alive = head.minor_version >= 1;
  for (const http1::Field& field : head.fields) {
    switch (field.id) {
      case FieldId::content_length:
        if (!take_length(field.value, head)) return false;
        break;
      case FieldId::transfer_encoding:
        if (head.chunked || head.minor_version == 0 ||
            !http1::equal_ignoring_case(field.value, "chunked")) {
          return false;
        }
        head.chunked = true;
        break;
      case FieldId::connection:
        if (http1::list_has(field.value, "close")) head.keep_alive = false;
        break;
      default:
        break;
    }
  }
  return !(head.chunked && head.content_length);
}

}  // namespace

HeadState parse_response_head(std::string_view received, std::size_t searched,
                              http1::ResponseHead& head) {
  std::size_t end = received.find("\r\n\r\n", searched > 3 ? searched - 3 : 0);
  if (end == received.npos) {
    constexpr std::string_view beginning = "HTTP/1.";
    std::string_view seen = received.substr(0, beginning.size());
    bool possible = beginning.starts_with(seen) && received.size() < max_answer_head;
    return possible ? HeadState::incomplete : HeadState::malformed;
  }
  head.fields.clear();
  head.content_length.reset();
  head.chunked = false;
  head.size = end + 4;
  std::string_view rest = received.substr(0, end + 2);
  for (bool first = true; !rest.empty(); first = false) {
    std::size_t line_end = rest.find('\n');
    if (line_end == 0 || rest[line_end - 1] != '\r') return HeadState::malformed;
    std::string_view line = rest.substr(0, line_end - 1);
    if (!(first ? take_status_line(line, head) : take_field(line, head))) {
      return HeadState::malformed;
    }
    rest.remove_prefix(line_end + 1);
  }
  return weigh_fields(head) ? HeadState::complete : HeadState::malformed;
}

}  // namespace byok::upstream

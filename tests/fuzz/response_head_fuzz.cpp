// Whatever a provider's server begins its answer with is read the same however it comes in; what is
// taken for a head has one framing, and is read as the same once more when it is written anew. The
// last byte picks the pieces.
#include <string>
#include <string_view>

#include "common/http1/characters.hpp"
#include "daemon/upstream/response_head.hpp"
#include "tests/fuzz/support.hpp"

using namespace byok;
using fuzz::require;
using upstream::HeadState;

namespace {

void check_promises(const http1::ResponseHead& head, std::string_view bytes) {
  require(head.size <= bytes.size() && bytes.substr(head.size - 4, 4) == "\r\n\r\n");
  require(bytes.find("\r\n\r\n") == head.size - 4);
  require(head.status >= 100 && head.status <= 599);
  require(!(head.chunked && (head.content_length || head.minor_version == 0)));
  require(http1::all(head.reason, http1::value_char));
  int lengths = 0;
  int codings = 0;
  for (const http1::Field& field : head.fields) {
    require(!field.name.empty() && http1::all(field.name, http1::token_char));
    require(http1::all(field.value, http1::value_char));
    require(field.id == http1::identify(field.name));
    lengths += http1::equal_ignoring_case(field.name, "content-length");
    codings += http1::equal_ignoring_case(field.name, "transfer-encoding");
  }
  require((lengths == 1) == head.content_length.has_value() && lengths <= 1);
  require((codings == 1) == head.chunked && codings <= 1);
}

HeadState parse_in_pieces(std::string_view bytes, std::size_t piece, http1::ResponseHead& head) {
  std::size_t seen = 0;
  for (;;) {
    const std::size_t end = std::min(seen + piece, bytes.size());
    const HeadState state = upstream::parse_response_head(bytes.substr(0, end), seen, head);
    if (state != HeadState::incomplete || end == bytes.size()) return state;
    seen = end;
  }
}

std::string written(const http1::ResponseHead& head) {
  std::string out = "HTTP/1." + std::to_string(head.minor_version) + " ";
  out.append(std::to_string(head.status)).append(" ").append(head.reason).append("\r\n");
  for (const http1::Field& field : head.fields) {
    out.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  return out + "\r\n";
}

void require_same(const http1::ResponseHead& a, const http1::ResponseHead& b) {
  require(a.status == b.status && a.reason == b.reason && a.minor_version == b.minor_version);
  require(a.content_length == b.content_length && a.chunked == b.chunked);
  require(a.keep_alive == b.keep_alive && a.fields.size() == b.fields.size());
  for (std::size_t i = 0; i < a.fields.size(); ++i) {
    require(a.fields[i].id == b.fields[i].id && a.fields[i].name == b.fields[i].name &&
            a.fields[i].value == b.fields[i].value);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view bytes = fuzz::view(data, size);
  http1::ResponseHead head;
  const HeadState whole = upstream::parse_response_head(bytes, 0, head);
  http1::ResponseHead pieced;
  const HeadState pieces = parse_in_pieces(bytes, std::size_t{1} + data[size - 1] % 32, pieced);
  require(pieces == whole);
  if (whole != HeadState::complete) return 0;

  check_promises(head, bytes);
  require(pieced.size == head.size);
  require_same(head, pieced);
  const std::string anew = written(head);
  http1::ResponseHead again;
  require(upstream::parse_response_head(anew, 0, again) == HeadState::complete);
  require(again.size == anew.size());
  require_same(head, again);
  return 0;
}

// Whatever bytes arrive, the gate decides the same however they come in; what it accepts holds its
// promises, and is accepted as the same once more when it is written anew. The last byte picks the
// pieces.
#include <string>
#include <string_view>

#include "common/http1/characters.hpp"
#include "daemon/http/gate.hpp"
#include "tests/fuzz/support.hpp"

using namespace byok;
using fuzz::require;
using http::Verdict;

namespace {

void check_promises(const http1::RequestHead& head, std::string_view bytes) {
  require(head.size <= http::max_head_size && head.size <= bytes.size());
  require(bytes.substr(head.size - 4, 4) == "\r\n\r\n");
  require(head.target.starts_with('/') && http1::all(head.target, http1::target_char));
  require(head.path.find("//") == head.path.npos);
  require(!(head.chunked && head.content_length));
  require(!((head.method == "GET" || head.method == "HEAD") && head.has_body()));
  require(head.fields.size() <= http::max_fields);
  int hosts = 0;
  int lengths = 0;
  int codings = 0;
  int credentials = 0;
  for (const http1::Field& field : head.fields) {
    require(!field.name.empty() && http1::all(field.name, http1::token_char));
    require(http1::all(field.value, http1::value_char));
    require(http1::trim(field.value) == field.value);
    hosts += http1::equal_ignoring_case(field.name, "host");
    lengths += http1::equal_ignoring_case(field.name, "content-length");
    codings += http1::equal_ignoring_case(field.name, "transfer-encoding");
    credentials += http1::equal_ignoring_case(field.name, "authorization");
  }
  require(hosts == 1 && lengths <= 1 && codings <= 1 && credentials <= 1);
  require((lengths == 1) == head.content_length.has_value() && (codings == 1) == head.chunked);
}

http::Inspection inspect_in_pieces(std::string_view bytes, std::size_t piece,
                                   http1::RequestHead& head) {
  std::size_t seen = 0;
  for (;;) {
    const std::size_t end = std::min(seen + piece, bytes.size());
    const http::Inspection inspection = http::inspect(bytes.substr(0, end), seen, head);
    if (inspection.verdict != Verdict::incomplete || end == bytes.size()) return inspection;
    seen = end;
  }
}

std::string written(const http1::RequestHead& head) {
  std::string out(head.method);
  out.append(" ").append(head.target).append(head.minor_version == 1 ? " HTTP/1.1" : " HTTP/1.0");
  out += "\r\n";
  for (const http1::Field& field : head.fields) {
    out.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  return out + "\r\n";
}

void require_same(const http1::RequestHead& a, const http1::RequestHead& b) {
  require(a.method == b.method && a.target == b.target && a.path == b.path && a.query == b.query);
  require(a.minor_version == b.minor_version && a.content_length == b.content_length);
  require(a.chunked == b.chunked && a.keep_alive == b.keep_alive);
  require(a.expect_continue == b.expect_continue && a.fields.size() == b.fields.size());
  for (std::size_t i = 0; i < a.fields.size(); ++i) {
    require(a.fields[i].id == b.fields[i].id && a.fields[i].name == b.fields[i].name &&
            a.fields[i].value == b.fields[i].value);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view bytes = fuzz::view(data, size);
  http1::RequestHead head;
  const http::Inspection whole = http::inspect(bytes, 0, head);
  http1::RequestHead pieced;
  const http::Inspection pieces =
      inspect_in_pieces(bytes, std::size_t{1} + data[size - 1] % 32, pieced);
  require(pieces.verdict == whole.verdict);
  if (whole.verdict == Verdict::refused) require(*whole.reason != '\0');
  if (whole.verdict != Verdict::accepted) return 0;

  check_promises(head, bytes);
  require(pieced.size == head.size);
  require_same(head, pieced);
  const std::string anew = written(head);
  if (anew.size() > http::max_head_size) return 0;
  http1::RequestHead again;
  require(http::inspect(anew, 0, again).verdict == Verdict::accepted);
  require_same(head, again);
  return 0;
}

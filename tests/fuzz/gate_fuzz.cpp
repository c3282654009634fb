// Whatever bytes arrive, the gate decides the same however they are cut, and what it accepts holds
// its promises.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/http1/characters.hpp"
#include "common/http1/chunked.hpp"
#include "daemon/http/gate.hpp"

namespace {

using namespace byok;
using http::Verdict;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_promises(const http1::RequestHead& head, std::string_view bytes) {
  require(head.size <= http::max_head_size && head.size <= bytes.size());
  require(bytes.substr(head.size - 4, 4) == "\r\n\r\n");
  require(head.target.starts_with('/') && http1::all(head.target, http1::target_char));
  require(head.path.find("//") == head.path.npos);
  require(!(head.chunked && head.content_length));
  require(!((head.method == "GET" || head.method == "HEAD") && head.has_body()));
  int hosts = 0;
  int lengths = 0;
  int codings = 0;
  for (const http1::Field& field : head.fields) {
    require(!field.name.empty() && http1::all(field.name, http1::token_char));
    require(http1::all(field.value, http1::value_char));
    hosts += http1::equal_ignoring_case(field.name, "host");
    lengths += http1::equal_ignoring_case(field.name, "content-length");
    codings += http1::equal_ignoring_case(field.name, "transfer-encoding");
  }
  require(hosts == 1 && lengths <= 1 && codings <= 1);
}

// A body decoded whole and byte by byte comes to the same.
void check_chunked(std::string_view bytes) {
  using Decoder = http1::ChunkedDecoder;
  Decoder whole(Decoder::Trailers::refuse);
  std::size_t payload = 0;
  auto outcome = Decoder::Outcome::more;
  for (std::string_view rest = bytes; !rest.empty() && outcome == Decoder::Outcome::more;) {
    auto step = whole.decode(rest);
    require(step.consumed <= rest.size());
    payload += step.payload.size();
    outcome = step.outcome;
    rest.remove_prefix(step.consumed);
  }
  Decoder single(Decoder::Trailers::refuse);
  std::size_t single_payload = 0;
  auto single_outcome = Decoder::Outcome::more;
  for (std::size_t at = 0; at < bytes.size() && single_outcome == Decoder::Outcome::more; ++at) {
    auto step = single.decode(bytes.substr(at, 1));
    single_payload += step.payload.size();
    single_outcome = step.outcome;
  }
  require(outcome == single_outcome && payload == single_payload);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  http1::RequestHead head;
  http::Inspection whole = http::inspect(bytes, 0, head);
  if (whole.verdict == Verdict::accepted) {
    check_promises(head, bytes);
    check_chunked(bytes.substr(head.size));
  }
  // Cut anywhere, what is accepted whole is never refused before its end has come.
  if (size > 0) {
    std::size_t cut = data[size - 1] % size;
    http1::RequestHead part;
    http::Inspection first = http::inspect(bytes.substr(0, cut), 0, part);
    if (first.verdict == Verdict::incomplete) {
      require(http::inspect(bytes, cut, part).verdict == whole.verdict);
    } else if (first.verdict == Verdict::accepted) {
      require(whole.verdict == Verdict::accepted);
    }
  }
  return 0;
}

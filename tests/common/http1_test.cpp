#include <doctest/doctest.h>

#include <string>

#include "common/http1/chunked.hpp"
#include "common/http1/message.hpp"

using namespace byok;
using http1::ChunkedDecoder;
using http1::FieldId;

TEST_CASE("field names that decide something are known in any case, and by family") {
  struct Case {
    std::string_view name;
    FieldId id;
  };
  const Case cases[] = {
      {"Host", FieldId::host},
      {"hOST", FieldId::host},
      {"TE", FieldId::te},
      {"Content-Length", FieldId::content_length},
      {"transfer-ENCODING", FieldId::transfer_encoding},
      {"Proxy-Authorization", FieldId::proxy_authorization},
      {"X-Byok-Tenant", FieldId::x_byok_tenant},
      {"X-Byok-Anything", FieldId::x_byok},
      {"X-Byok-", FieldId::other},
      {"Sec-Fetch-Mode", FieldId::sec_fetch},
      {"X-Forwarded-For", FieldId::x_forwarded},
      {"X-Real-IP", FieldId::x_forwarded},
      {"x-goog-api-client", FieldId::x_goog_api_client},
      {"Content_Length", FieldId::other},
      {"User-Agent", FieldId::other},
      {"", FieldId::other},
      {"a-name-that-is-longer-than-every-known-one", FieldId::other},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CHECK(http1::identify(c.name) == c.id);
  }
}

TEST_CASE("a token is found in a comma-separated list, in any case and whole only") {
  CHECK(http1::list_has("close", "close"));
  CHECK(http1::list_has("keep-alive, Close", "close"));
  CHECK(http1::list_has(" a ,\tb ", "b"));
  CHECK_FALSE(http1::list_has("closed", "close"));
  CHECK_FALSE(http1::list_has("", "close"));
}

namespace {

struct Decoded {
  ChunkedDecoder::Outcome outcome = ChunkedDecoder::Outcome::more;
  std::string payload;
  std::size_t consumed = 0;
};

// Feeds `coded` in pieces of `size` bytes.
Decoded decode(std::string_view coded, std::size_t size, ChunkedDecoder::Trailers trailers) {
  ChunkedDecoder decoder(trailers);
  Decoded all;
  for (std::size_t at = 0; at < coded.size(); at += size) {
    std::string_view piece = coded.substr(at, size);
    while (!piece.empty()) {
      ChunkedDecoder::Step step = decoder.decode(piece);
      all.payload += step.payload;
      all.consumed += step.consumed;
      all.outcome = step.outcome;
      if (step.outcome != ChunkedDecoder::Outcome::more) return all;
      piece.remove_prefix(step.consumed);
    }
  }
  return all;
}

}  // namespace

TEST_CASE("the chunked coding is read strictly, however it is cut") {
  using Outcome = ChunkedDecoder::Outcome;
  struct Case {
    std::string_view name;
    std::string_view coded;
    Outcome of_request;
    Outcome of_answer;
    std::string_view payload;
  };
  const Case cases[] = {
      {"two chunks", "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", Outcome::done, Outcome::done, "abcde"},
      {"no chunk", "0\r\n\r\n", Outcome::done, Outcome::done, ""},
      {"capitals and leading zeros", "00A\r\n0123456789\r\n0\r\n\r\n", Outcome::done, Outcome::done,
       "0123456789"},
      {"not at its end", "3\r\nab", Outcome::more, Outcome::more, "ab"},
      {"no size", "\r\nabc", Outcome::malformed, Outcome::malformed, ""},
      {"a size that is no number", "x\r\n", Outcome::malformed, Outcome::malformed, ""},
      {"a sign", "+3\r\nabc\r\n", Outcome::malformed, Outcome::malformed, ""},
      {"a prefix", "0x3\r\nabc\r\n", Outcome::malformed, Outcome::malformed, ""},
      {"a space behind the size", "3 \r\nabc\r\n", Outcome::malformed, Outcome::malformed, ""},
      {"a bare line feed", "3\nabc\r\n", Outcome::malformed, Outcome::malformed, ""},
      {"more data than its size", "3\r\nabcd\r\n", Outcome::malformed, Outcome::malformed, "abc"},
      {"a size of 16 digits", "1000000000000000\r\n", Outcome::malformed, Outcome::malformed, ""},
      {"an extension", "3;a=b\r\nabc\r\n0\r\n\r\n", Outcome::malformed, Outcome::done, "abc"},
      {"a trailer", "0\r\nA: b\r\n\r\n", Outcome::malformed, Outcome::done, ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    for (std::size_t size : {c.coded.size(), std::size_t{1}, std::size_t{3}}) {
      CAPTURE(size);
      Decoded request = decode(c.coded, size, ChunkedDecoder::Trailers::refuse);
      CHECK(request.outcome == c.of_request);
      if (c.of_request == Outcome::done) {
        CHECK(request.payload == c.payload);
        CHECK(request.consumed == c.coded.size());
      }
      Decoded answer = decode(c.coded, size, ChunkedDecoder::Trailers::drop);
      CHECK(answer.outcome == c.of_answer);
      CHECK(answer.payload == c.payload);
    }
  }
}

TEST_CASE("a body whose last line is wrong is not done") {
  ChunkedDecoder decoder(ChunkedDecoder::Trailers::refuse);
  CHECK(decoder.decode("0\r\n\rx").outcome == ChunkedDecoder::Outcome::malformed);
  CHECK_FALSE(decoder.done());
}

TEST_CASE("what stands behind the last chunk is left alone") {
  ChunkedDecoder decoder(ChunkedDecoder::Trailers::refuse);
  ChunkedDecoder::Step step = decoder.decode("0\r\n\r\nGET / HTTP/1.1");
  CHECK(step.outcome == ChunkedDecoder::Outcome::done);
  CHECK(step.consumed == 5);
}

TEST_CASE("trailers and extensions are bounded") {
  std::string trailers = "0\r\nA: " + std::string(9000, 'x') + "\r\n\r\n";
  CHECK(decode(trailers, trailers.size(), ChunkedDecoder::Trailers::drop).outcome ==
        ChunkedDecoder::Outcome::malformed);
  std::string extension = "1;" + std::string(300, 'x') + "\r\na\r\n0\r\n\r\n";
  CHECK(decode(extension, extension.size(), ChunkedDecoder::Trailers::drop).outcome ==
        ChunkedDecoder::Outcome::malformed);
}

// The request gate against the cases of http-desync-guardian (BYOK_CORPORA names the folder that
// holds them): nothing Severe or Ambiguous gets in, and little that is Compliant stays out.
#include <doctest/doctest.h>

#include <cstdlib>

#include "tests/support/harness/desync_corpus.hpp"
#include "tests/support/harness/world.hpp"

using namespace byok::testing;

namespace {

// A strict server may refuse a coding that it cannot decode, and a target that no URI may hold
// (RFC 9112 section 6.1, RFC 3986 section 2).
bool may_be_refused(const DesyncCase& c) {
  constexpr std::string_view allowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?@!$&'()*+,;=%";
  if (!c.target.starts_with('/')) return true;
  if (c.target.find_first_not_of(allowed) != c.target.npos) return true;
  return !c.transfer_codings.empty() && c.transfer_codings != std::vector<std::string>{"chunked"};
}

// All that comes back until the server closes or nothing comes for the limit.
struct Reaction {
  std::string bytes;
  bool closed = false;
  int status() const { return bytes.size() > 12 ? std::atoi(bytes.c_str() + 9) : 0; }
};

Reaction send(const Address& address, const std::string& bytes, bool until_closed) {
  Reaction reaction;
  Connection connection(address);
  try {
    connection.send_raw(bytes);
  } catch (const ConnectionLost&) {
    // Refused before all was sent: what it said is still there to be read.
  }
  char block[4096];
  try {
    while (until_closed || reaction.bytes.find('\n') == std::string::npos) {
      std::size_t got =
          connection.stream().read_some(block, sizeof block, std::chrono::seconds(20));
      if (got == 0) {
        reaction.closed = true;
        break;
      }
      reaction.bytes.append(block, got);
    }
  } catch (const ConnectionLost&) {
    reaction.closed = true;
  } catch (const TimedOut&) {
  }
  return reaction;
}

}  // namespace

TEST_CASE("the http-desync corpus is where BYOK_CORPORA says") {
  if (!has_desync_corpus()) {
    MESSAGE("skipped: the http-desync corpus, because BYOK_CORPORA is not set");
    return;
  }
  CHECK(desync_cases().size() >= 150);
}

TEST_CASE("no dangerous request of the http-desync corpus gets in" *
          doctest::skip(!has_desync_corpus())) {
  World world;
  for (const DesyncCase& c : desync_cases()) {
    if (c.tier != "Severe" && c.tier != "Ambiguous") continue;
    CAPTURE(c.name);
    CAPTURE(c.head);
    Reaction reaction = send(world.byokd.tcp(), c.head, true);
    CHECK(reaction.status() == 400);
    CHECK(reaction.closed);
    // One answer alone, whatever its text says of HTTP/1.1.
    CHECK(reaction.bytes.find("HTTP/1.1 4", 8) == std::string::npos);
    CHECK(reaction.bytes.find("HTTP/1.1 2", 8) == std::string::npos);
  }
  CHECK(call(world.byokd.tcp(), {.target = "/health"}).status == 200);
}

TEST_CASE("compliant requests of the http-desync corpus get in, but for unusual framing and URIs" *
          doctest::skip(!has_desync_corpus())) {
  World world;
  int compliant = 0;
  int excused = 0;
  for (const DesyncCase& c : desync_cases()) {
    if (c.tier != "Compliant") continue;
    ++compliant;
    if (may_be_refused(c)) {
      ++excused;
      continue;
    }
    CAPTURE(c.name);
    CAPTURE(c.head);
    Reaction reaction = send(world.byokd.tcp(), c.head + c.body, false);
    CAPTURE(reaction.bytes);
    CHECK(reaction.status() > 200);
    CHECK(reaction.status() != 400);
  }
  CHECK(compliant == 28);
  CHECK(excused == 10);
}

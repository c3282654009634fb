// The request gate against the cases of http-desync-guardian (BYOK_CORPORA names the folder that
// holds them): nothing Severe or Ambiguous gets in, and little that is Compliant stays out.
#include <doctest/doctest.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "tests/support/harness/world.hpp"

using namespace byok::testing;

namespace {

struct Case {
  std::string name;
  std::string tier;
  std::string method;
  std::string target;
  std::string head;  // as bytes, with a Host
  std::string body;  // one that fits the head
  std::vector<std::string> transfer_codings;
};

std::string text_of(const YAML::Node& node) {
  return node.IsDefined() && !node.IsNull() ? node.as<std::string>() : std::string();
}

std::string trim(const std::string& text) {
  std::size_t begin = text.find_first_not_of(" \t");
  if (begin == text.npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

Case case_of(const YAML::Node& node) {
  Case out;
  out.name = text_of(node["name"]);
  out.tier = text_of(node["expected"]["tier"]);
  out.method = text_of(node["method"]);
  out.target = text_of(node["uri"]);
  out.head = out.method + " " + out.target + " " + text_of(node["version"]) + "\r\n";
  bool has_host = false;
  for (const YAML::Node& header : node["headers"]) {
    const std::string name = text_of(header["name"]);
    const std::string value = text_of(header["value"]);
    out.head += name + ": " + value + "\r\n";
    has_host = has_host || same_name(name, "host");
    if (same_name(name, "transfer-encoding")) {
      out.transfer_codings.push_back(trim(value));
      out.body = "0\r\n\r\n";
    } else if (same_name(name, "content-length")) {
      // Lengths that no buffer could hold are among the cases.
      const std::string digits = trim(value);
      if (digits.size() <= 7)
        out.body.assign(static_cast<std::size_t>(std::atoi(digits.c_str())), 'x');
    }
  }
  if (!has_host) out.head += "Host: localhost\r\n";
  out.head += "\r\n";
  return out;
}

// Each case once, though one file repeats what is in another.
std::vector<Case> cases_in(const std::filesystem::path& folder) {
  std::vector<Case> out;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".yaml") continue;
    for (const YAML::Node& node : YAML::LoadFile(entry.path().string())) {
      out.push_back(case_of(node));
    }
  }
  return out;
}

// A strict server may refuse a coding that it cannot decode, and a target that no URI may hold
// (RFC 9112 section 6.1, RFC 3986 section 2).
bool may_be_refused(const Case& c) {
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

const char* corpora() { return std::getenv("BYOK_CORPORA"); }

std::vector<Case> all_cases() { return cases_in(std::filesystem::path(corpora()) / "http-desync"); }

}  // namespace

TEST_CASE("the http-desync corpus is where BYOK_CORPORA says") {
  if (corpora() == nullptr) {
    MESSAGE("skipped: the http-desync corpus, because BYOK_CORPORA is not set");
    return;
  }
  CHECK(all_cases().size() >= 150);
}

TEST_CASE("no dangerous request of the http-desync corpus gets in" *
          doctest::skip(corpora() == nullptr)) {
  World world;
  for (const Case& c : all_cases()) {
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
          doctest::skip(corpora() == nullptr)) {
  World world;
  int compliant = 0;
  int excused = 0;
  for (const Case& c : all_cases()) {
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

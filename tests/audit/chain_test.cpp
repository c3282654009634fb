#include "daemon/audit/chain.hpp"

#include <doctest/doctest.h>

#include "tests/audit/support.hpp"

namespace byok::audit {
namespace {

using tests::key;

struct Written {
  Chain chain{key};
  Head begin;
  Head head;
  std::string line;

  Written() {
    chain.append(line, head, tests::record(Record::Kind::change, "key.set", "acme"), "begun");
    line.pop_back();
  }
};

TEST_CASE("a line says what happened, who did it and where it stands") {
  Written w;
  CHECK(w.head.seq == 1);
  CHECK(w.line.starts_with(R"({"seq":1,"time":"20)"));
  CHECK(w.line.find(R"(Z","event":"key.set","who":"uid 0","from":"unix","requestId":"req_1",)"
                    R"("about":"acme","result":"begun","mac":")") != std::string::npos);
  CHECK(w.line.ends_with("\"}"));
  CHECK(peek(w.line) == w.head);
}

TEST_CASE("nothing in a value forges a line or a member") {
  Chain chain(key);
  Head head;
  std::string line;
  chain.append(line, head, tests::record(Record::Kind::fact, "e", "a\"}\n{\"seq\":9,\x1b[31m"), {});
  CHECK(line.find('\n') == line.size() - 1);
  CHECK(line.find("\\\"}\\u000a{\\\"seq\\\":9,\\u001b[31m") != std::string::npos);
}

TEST_CASE("a line follows the one before it and no other") {
  Written w;
  Result<Head> followed = w.chain.follow(w.begin, w.line);
  REQUIRE(followed.has_value());
  CHECK(*followed == w.head);
  CHECK_FALSE(w.chain.follow(w.head, w.line).has_value());
  CHECK_FALSE(Chain(std::string(32, 'o')).follow(w.begin, w.line).has_value());
  Head other = w.begin;
  other.mac[0] = 1;
  CHECK_FALSE(w.chain.follow(other, w.line).has_value());
}

TEST_CASE("a line with any byte changed, left out or added does not follow") {
  Written w;
  for (std::size_t i = 0; i < w.line.size(); ++i) {
    CAPTURE(i);
    std::string changed = w.line;
    changed[i] = changed[i] == '1' ? '2' : '1';
    CHECK_FALSE(w.chain.follow(w.begin, changed).has_value());
    CHECK_FALSE(w.chain.follow(w.begin, std::string(w.line).erase(i, 1)).has_value());
    CHECK_FALSE(w.chain.follow(w.begin, std::string(w.line).insert(i, 1, ' ')).has_value());
  }
}

TEST_CASE("what is no line is none") {
  for (const char* text : {"", "{", "{\"seq\":", "{\"seq\":1}", "hello", "\n"}) {
    CAPTURE(text);
    CHECK_FALSE(peek(text).has_value());
  }
  CHECK_FALSE(decode_head("").has_value());
  CHECK_FALSE(decode_head(std::string(39, '\0')).has_value());
}

TEST_CASE("a head comes back from its bytes") {
  Written w;
  CHECK(decode_head(encode(w.head)) == w.head);
}

}  // namespace
}  // namespace byok::audit

// What parsing and writing JSON with a secret gives back to the heap holds no part of the secret.
// This program's own operator delete looks at each block that is freed.
#include <doctest/doctest.h>
#include <malloc.h>

#include <boost/json/object.hpp>
#include <cstdlib>
#include <new>
#include <string>
#include <string_view>

#include "daemon/http/json_body.hpp"
#include "daemon/http/reply.hpp"

namespace {

constexpr std::string_view secret = "0vT3xKq9LmZr7Yb2";
bool watching = false;
int found = 0;

void look_at(void* block) {
  if (!watching || block == nullptr) return;
  const std::string_view bytes(static_cast<char*>(block), malloc_usable_size(block));
  if (bytes.find(secret.substr(0, 8)) != bytes.npos) ++found;
}

// ",0" so many times.
std::string zeros(int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += ",0";
  return out;
}

// Runs `work` and returns how many blocks were freed with a part of the secret in them.
template <class Work>
int freed_by(Work work) {
  found = 0;
  watching = true;
  work();
  watching = false;
  return found;
}

}  // namespace

void* operator new(std::size_t size) {
  if (void* block = std::malloc(size > 0 ? size : 1)) return block;
  throw std::bad_alloc();
}
void operator delete(void* block) noexcept {
  look_at(block);
  std::free(block);
}
void operator delete(void* block, std::size_t) noexcept { operator delete(block); }

namespace byok::http {

TEST_CASE("a block that is freed with a secret in it is noticed") {
  CHECK(freed_by([] { std::string copy = std::string(secret) + secret.data(); }) > 0);
}

TEST_CASE("a parsed body leaves no secret on the heap, however it is written") {
  const std::string key(secret);
  const std::string bodies[] = {R"({"apiKey":")" + key + key + key + "\"}",
                                R"({"apiKey":"\u0041)" + key + key + "\"}",
                                R"({"other":[1,{"deep":")" + key + key + R"("}]})",
                                R"({")" + key + key + R"(":1})",
                                R"({"apiKey":")" + std::string(5'000, 'k') + key + "\"}",
                                R"({"many":[0)" + zeros(5'000) + R"(],"apiKey":")" + key + "\"}",
                                R"({"apiKey":")" + key + key + "\"",
                                R"({"apiKey":")" + key + key};
  for (const std::string& body : bodies) {
    CAPTURE(body);
    CHECK(freed_by([&] { (void)JsonBody::parse(body); }) == 0);
  }
}

TEST_CASE("an answer with a secret leaves none on the heap, and looks like any other") {
  const boost::json::object answer{{"id", "\"token\":\"\""}, {"token", ""}, {"name", ""}};
  std::string text;
  text.reserve(200);
  const int freed = freed_by([&] {
    const Reply reply = json_reply_with_secret(answer, "token", secret, 201);
    CHECK(reply.status == 201);
    text = reply.text();
  });
  CHECK(freed == 0);
  CHECK(text == R"({"id":"\"token\":\"\"","token":")" + std::string(secret) + R"(","name":""})");
  WipingBuffer out;
  CHECK_THROWS_AS(append_with_secret(out, answer, "missing", secret), std::logic_error);
}

}  // namespace byok::http

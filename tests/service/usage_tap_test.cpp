// Which answers are looked at for their counts, and how far.
#include <doctest/doctest.h>
#include <zlib.h>

#include <string>
#include <vector>

#include "daemon/service/call_meter.hpp"

namespace byok::service {
namespace {

const std::string text = R"({"usage":{"prompt_tokens":9,"completion_tokens":2},"error":{}})";

std::string zlib(std::string_view plain) {
  uLongf size = compressBound(plain.size());
  std::string coded(size, '\0');
  REQUIRE(compress(reinterpret_cast<Bytef*>(coded.data()), &size,
                   reinterpret_cast<const Bytef*>(plain.data()), plain.size()) == Z_OK);
  coded.resize(size);
  return coded;
}

struct Answer {
  std::string_view method = "POST";
  int status = 200;
  std::string_view type = "application/json";
  std::string_view coding = "";
};

// "input/output", "!" behind it where a failure was told.
std::string told(const Answer& answer, const std::vector<std::string_view>& pieces) {
  http1::ResponseHead head;
  head.status = answer.status;
  const auto add = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) head.fields.push_back({name, value, http1::identify(name)});
  };
  add("content-type", answer.type);
  add("content-encoding", answer.coding);
  UsageTap tap(providers::Format::openai, answer.method, head);
  for (std::string_view piece : pieces) tap.pass(piece);
  const auto counts = tap.counts();
  const std::string shown =
      counts ? std::to_string(counts->input) + "/" + std::to_string(counts->output) : "-";
  return shown + (tap.failed() ? "!" : "");
}

TEST_CASE("only what an inference answers is looked at") {
  struct Case {
    std::string name;
    Answer answer;
    std::string told;
  };
  const Case cases[] = {
      {"json", {}, "9/2"},
      {"json of some kind", {.type = "application/vnd.x+json; charset=utf-8"}, "9/2"},
      {"no coding, by name", {.coding = "Identity"}, "9/2"},
      {"what is read once more", {.method = "GET"}, "-"},
      {"a refusal", {.status = 400}, "-"},
      {"no type", {.type = ""}, "-"},
      {"audio", {.type = "audio/mpeg"}, "-"},
      {"an unknown coding", {.coding = "compress"}, "-"},
      {"another coding than it says", {.coding = "gzip"}, "-"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CHECK(told(c.answer, {text}) == c.told);
  }
  CHECK(told({.type = "text/event-stream"}, {"data: ", text, "\n\n"}) == "9/2!");
}

TEST_CASE("a piece that decodes to more than any text is not followed") {
  const std::size_t mebibyte = std::size_t{1} << 20;
  const auto coded = [](std::size_t spaces) { return zlib(std::string(spaces, ' ') + text); };
  const Answer deflated{.coding = "deflate"};
  CHECK(told(deflated, {coded(3 * mebibyte)}) == "9/2");
  const std::string bomb = coded(5 * mebibyte);
  CHECK(bomb.size() < 64 * 1024);
  CHECK(told(deflated, {bomb}) == "-");
  // The bound is each piece's: an answer that comes slowly may be as long as it likes.
  const std::string_view halves = bomb;
  CHECK(told(deflated, {halves.substr(0, bomb.size() / 2), halves.substr(bomb.size() / 2)}) ==
        "9/2");
}

}  // namespace
}  // namespace byok::service

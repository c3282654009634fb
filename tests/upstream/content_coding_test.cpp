#include "daemon/upstream/content_coding.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace byok;
using upstream::Decoder;

namespace {

// {"usage":{"prompt_tokens":9}}
const std::string text = R"({"usage":{"prompt_tokens":9}})";

std::string bytes(std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    out.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return out;
}

struct Case {
  std::string coding;
  std::string coded;
};

// Made with gzip, zlib, brotli and zstd's own tools.
const Case cases[] = {
    {"gzip", bytes("1f8b0800000000000203ab562a2d4e4c4f55b2aa562a28cacf2d28892fc9cf4ecd2b56b2b2acad0"
                   "5004f6650eb1d000000")},
    {"deflate",
     bytes("78daab562a2d4e4c4f55b2aa562a28cacf2d28892fc9cf4ecd2b56b2b2acad0500a0af0ad0")},
    {"deflate", bytes("ab562a2d4e4c4f55b2aa562a28cacf2d28892fc9cf4ecd2b56b2b2acad0500")},
    {"br", bytes("0b0e807b227573616765223a7b2270726f6d70745f746f6b656e73223a397d7d03")},
    {"zstd",
     bytes("28b52ffd0468e900007b227573616765223a7b2270726f6d70745f746f6b656e73223a397d7dc2b8e348")},
    {"GZip", bytes("1f8b0800000000000203ab562a2d4e4c4f55b2aa562a28cacf2d28892fc9cf4ecd2b56b2b2acad0"
                   "5004f6650eb1d000000")},
};

std::string decode(const std::string& coding, const std::vector<std::string_view>& pieces,
                   bool& good) {
  std::string out;
  auto decoder = Decoder::make(coding);
  REQUIRE(decoder);
  good = true;
  for (std::string_view piece : pieces) {
    good = decoder->feed(piece, [&](std::string_view made) {
      out += made;
      return true;
    });
  }
  return out;
}

}  // namespace

TEST_CASE("each coding decodes, whole and cut anywhere") {
  for (const Case& c : cases) {
    CAPTURE(c.coding);
    bool good = false;
    CHECK(decode(c.coding, {c.coded}, good) == text);
    CHECK(good);
    const std::string_view whole = c.coded;
    for (std::size_t cut = 1; cut < whole.size(); ++cut) {
      CAPTURE(cut);
      CHECK(decode(c.coding, {whole.substr(0, cut), whole.substr(cut)}, good) == text);
      CHECK(good);
    }
    CHECK(decode(c.coding, {whole, "what follows the end"}, good).starts_with(text));
  }
}

TEST_CASE("nothing behind the end is decoded, however it is cut") {
  for (const Case& c : cases) {
    CAPTURE(c.coding);
    const std::string_view coded = c.coded;
    bool good = false;
    CHECK(decode(c.coding, {coded, "x", coded}, good) == text);
  }
}

TEST_CASE("what is in no such coding is told, and stays so") {
  for (const std::string& coding : {std::string("gzip"), std::string("br"), std::string("zstd")}) {
    CAPTURE(coding);
    bool good = true;
    decode(coding, {"\xff\xff this is no such coding, however long one reads in it"}, good);
    CHECK_FALSE(good);
    decode(coding, {"\xff\xff this is no such coding, however long one reads in it", "\x1f\x8b"},
           good);
    CHECK_FALSE(good);
  }
}

TEST_CASE("codings that are not known have no decoder") {
  for (const std::string& coding :
       {std::string(), std::string("identity"), std::string("compress"), std::string("gzip, br")}) {
    CAPTURE(coding);
    CHECK_FALSE(Decoder::make(coding));
  }
}

TEST_CASE("a beginning is no longer than was asked for") {
  CHECK(upstream::decoded_beginning(cases[0].coding, cases[0].coded, 8) == text.substr(0, 8));
  CHECK(upstream::decoded_beginning(cases[0].coding, cases[0].coded, 100) == text);
  CHECK(upstream::decoded_beginning("gzip", "no gzip", 100).empty());
}

TEST_CASE("a small text that decodes to very much is given by stretches") {
  auto decoder = Decoder::make("zstd");
  std::size_t largest = 0;
  std::size_t whole = 0;
  // 8 MiB of zeros.
  decoder->feed(
      bytes("28b52ffd04684c000008000100fcff39100202001000020010000200100002001000020010000200100002"
            "00100002001000020010000200100002001000020010000200100002001000020010000200100002001000"
            "02001000020010000200100002001000020010000200100002001000020010000200100002001000020010"
            "00020010000200100002001000020010000200100002001000020010000200100002001000020010000200"
            "10000200100002001000020010000200100002001000020010000200100002001000020010000200100002"
            "00100002001000020010000200100002001000020010000200100002001000020010000200100002001000"
            "0200100002001000030010000fdff661"),
      [&](std::string_view made) {
        largest = std::max(largest, made.size());
        whole += made.size();
        return true;
      });
  CHECK(whole == std::size_t{8} << 20);
  CHECK(largest <= 64 * 1024);
}

TEST_CASE("gzip may have several members, and a sink that has had enough is left alone") {
  bool good = false;
  const std::string twice = cases[0].coded + cases[0].coded;
  CHECK(decode("gzip", {twice}, good) == text + text);
  CHECK(decode("gzip", {cases[0].coded, cases[0].coded}, good) == text + text);
  for (const Case& c : cases) {
    CAPTURE(c.coding);
    auto decoder = Decoder::make(c.coding);
    int calls = 0;
    CHECK_FALSE(decoder->feed(c.coded, [&](std::string_view) { return ++calls > 9; }));
    CHECK_FALSE(decoder->feed(c.coded, [&](std::string_view) { return ++calls > 9; }));
    CHECK(calls == 1);
  }
}

#include "common/encoding.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <string>

namespace byok {
namespace {

TEST_CASE("hexadecimal is lower case and two digits a byte") {
  CHECK(to_hex("") == "");
  CHECK(to_hex(std::string_view("\x00\x09\xaf\xff", 4)) == "0009afff");
}

TEST_CASE("base64 gives RFC 4648's vectors, and takes them back") {
  struct Case {
    const char* bytes;
    const char* text;
  };
  const Case cases[] = {{"f", "Zg=="},        {"fo", "Zm8="},        {"foo", "Zm9v"},
                        {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(to_base64(c.bytes) == c.text);
    std::optional<Secret> back = from_base64(c.text);
    REQUIRE(back.has_value());
    CHECK(back->reveal() == c.bytes);
  }
  CHECK(to_base64("") == "");
}

TEST_CASE("base64 takes all byte values back") {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
  std::optional<Secret> back = from_base64(to_base64(bytes));
  REQUIRE(back.has_value());
  CHECK(back->reveal() == bytes);
}

TEST_CASE("what is not padded base64 on one line is refused") {
  const char* const cases[] = {"Zg",       "Zg=",  "Zm9v\n", " Zm9v",    "Zm 9v===", "Zm9v\r\n",
                               "Zm9-",     "Zm9_", "Zm!v",   "Zm9vZ",    "\tm9v",    "\x80m9v",
                               "AAAA----", "====", "A===",   "AAAA====", "AA=A",     ""};
  for (std::string_view text : cases) {
    CAPTURE(text);
    CHECK_FALSE(from_base64(text).has_value());
  }
}

TEST_CASE("CRC-32 gives the check value of ISO 3309") {
  CHECK(crc32("123456789") == 0xcbf43926);
  CHECK(crc32("") == 0);
}

TEST_CASE("base 62 counts digits, capitals, small letters, with the width asked for") {
  struct Case {
    std::uint64_t value;
    std::size_t size;
    const char* text;
  };
  const Case cases[] = {{0, 3, "000"}, {9, 1, "9"},        {10, 1, "A"},
                        {35, 1, "Z"},  {36, 1, "a"},       {61, 2, "0z"},
                        {62, 2, "10"}, {62 * 62, 2, "00"}, {0xffffffff, 6, "4gfFC3"}};
  for (const Case& c : cases) {
    CAPTURE(c.value);
    CHECK(to_base62(c.value, c.size) == c.text);
  }
}

TEST_CASE("integers are big-endian and come back") {
  std::string out;
  put_u16(out, 0x0102);
  put_u32(out, 0x03040506);
  put_u64(out, 0x0708090a0b0c0d0e);
  CHECK(to_hex(out) == "0102030405060708090a0b0c0d0e");
  CHECK(get_u16(out.data()) == 0x0102);
  CHECK(get_u32(out.data() + 2) == 0x03040506);
  CHECK(get_u64(out.data() + 6) == 0x0708090a0b0c0d0e);

  std::string largest;
  put_u64(largest, std::numeric_limits<std::uint64_t>::max());
  CHECK(get_u64(largest.data()) == std::numeric_limits<std::uint64_t>::max());
}

}  // namespace
}  // namespace byok

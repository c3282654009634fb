#include "daemon/providers/text_search.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace byok::providers;

TEST_CASE("each search finds its first byte wherever it lies, and no other byte") {
  const auto control = [](int byte) { return byte < 0x20; };
  for (std::size_t size = 0; size <= 40; ++size) {
    for (std::size_t place = 0; place < std::max<std::size_t>(size, 1); ++place) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string text(size, 'x');
        if (size > 0) text[place] = static_cast<char>(byte);
        const char* const begin = text.data();
        const char* const end = begin + size;
        const bool special = byte == '"' || byte == '\\';
        const auto place_of = [&](bool found) { return size > 0 && found ? place : size; };
        CAPTURE(size);
        CAPTURE(byte);
        REQUIRE(find_special(begin, end) == begin + place_of(special));
        REQUIRE(find_unwritable(begin, end) == begin + place_of(special || control(byte)));
        REQUIRE(line_size(text) == place_of(byte == '\r' || byte == '\n'));
      }
    }
  }
}

TEST_CASE("of several the first is found, and what lies behind the end is not read") {
  const std::string text = "0123456789abcde\"\\\"0123456789";
  CHECK(find_special(text.data(), text.data() + text.size()) == text.data() + 15);
  CHECK(find_special(text.data(), text.data() + 15) == text.data() + 15);
  CHECK(line_size("one\r\ntwo\n") == 3);
}

TEST_CASE("in long text too the first is found, from wherever the search begins") {
  for (std::size_t size = 0; size <= 300; ++size) {
    for (std::size_t place = 0; place <= size; ++place) {
      std::string text(size, 'x');
      if (place < size) text[place] = place % 2 == 0 ? '"' : '\\';
      // Another one behind it is not found first.
      if (place + 1 < size) text[size - 1] = '"';
      const char* const end = text.data() + size;
      const char* const wanted = text.data() + place;
      CAPTURE(size);
      CAPTURE(place);
      for (const std::size_t from : {std::size_t{0}, std::min<std::size_t>(place, 33)}) {
        REQUIRE(find_special_far(text.data() + from, end) == wanted);
        REQUIRE(find_special(text.data() + from, end) == wanted);
      }
    }
  }
}

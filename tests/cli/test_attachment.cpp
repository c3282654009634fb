#include <doctest/doctest.h>

#include "cli/attachment.hpp"
#include "common/encoding.hpp"
#include "tests/support/temp_folder.hpp"

using namespace byok;
using namespace byok::cli;
using byok::testing::TempFolder;
using namespace std::string_literals;

TEST_CASE("a file is text or a picture by its content, whatever its name; all else is refused") {
  struct Case {
    std::string_view name;
    std::string bytes;
    std::string_view type;
    bool taken;
  };
  const Case cases[] = {
      {"text", "plain \xc3\xa9\n", "", true},
      {"an empty file", "", "", true},
      {"PNG", "\x89PNG\r\n\x1a\n\0\0"s, "image/png", true},
      {"JPEG", "\xff\xd8\xff\xe0\0"s, "image/jpeg", true},
      {"GIF of 1987", "GIF87a\0"s, "image/gif", true},
      {"GIF of 1989", "GIF89a\0"s, "image/gif", true},
      {"WebP", "RIFF\0\0\0\0WEBPVP8 "s, "image/webp", true},
      {"another RIFF", "RIFF\0\0\0\0WAVEfmt "s, "", false},
      {"a cut RIFF", "RIFF", "", true},
      {"PDF", "%PDF-1.7\n\xb5\xed\xae\xfb\n", "", false},
      {"an ELF program", "\x7f"s + "ELF\2\1\1\0"s, "", false},
      {"UTF-16", "\xff\xfeh\0i\0"s, "", false},
      {"Latin-1", "caf\xe9\n", "", false},
  };
  const TempFolder folder;
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const std::string path = folder.write("file.txt", c.bytes);
    auto attached = attach(path);
    REQUIRE(attached.has_value() == c.taken);
    if (!c.taken) {
      CHECK(attached.error().exit == Exit::usage);
      CHECK(attached.error().message.find(path + ": it is neither UTF-8 text nor a") !=
            std::string::npos);
      continue;
    }
    CHECK(attached->name == path);
    CHECK(attached->media_type == c.type);
    CHECK(attached->content == (c.type.empty() ? c.bytes : to_base64(c.bytes)));
  }
}

TEST_CASE("what cannot be read or is too long is refused by its name") {
  const TempFolder folder;
  CHECK(attach(folder / "missing").error().message ==
        "cannot read " + (folder / "missing") +
            ": No such file or directory: name a file that is there and that you may read");
  CHECK(attach(folder.path().string())
            .error()
            .message.ends_with("it is a folder: name a file in it"));
  CHECK(attach("/dev/zero").error().message ==
        "cannot read /dev/zero: it is longer than 24 MiB: send less at once");
  const std::string most = folder.write("most", std::string(max_attachment, 'a'));
  CHECK(attach(most).has_value());
}

TEST_CASE("a text is marked off whatever it holds") {
  struct Case {
    std::string content;
    std::string quoted;
  };
  const Case cases[] = {
      {"a", "f:\n```\na\n```"},
      {"a\n", "f:\n```\na\n```"},
      {"", "f:\n```\n```"},
      {"```\nx\n```", "f:\n````\n```\nx\n```\n````"},
      {"`````", "f:\n``````\n`````\n``````"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.content);
    CHECK(quoted({"f", "", c.content}) == c.quoted);
  }
}

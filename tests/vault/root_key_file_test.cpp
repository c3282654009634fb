#include "daemon/vault/root_key_file.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "common/encoding.hpp"
#include "tests/support/temp_folder.hpp"

namespace byok::vault {
namespace {

using testing::TempFolder;

std::string key_bytes() {
  std::string bytes;
  for (int i = 0; i < 32; ++i) bytes.push_back(static_cast<char>(i * 7 + 200));
  return bytes;
}

void write_key_file(const std::filesystem::path& file, std::string_view content, mode_t mode) {
  testing::write_file(file, content);
  REQUIRE(::chmod(file.c_str(), mode) == 0);
}

mode_t mode_of(const std::filesystem::path& file) {
  struct stat status;
  REQUIRE(::stat(file.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

TEST_CASE("a root key whose making was cut short is made anew, and has one name") {
  TempFolder folder;
  const std::filesystem::path file = folder / "root.key";
  write_key_file(folder / "root.key.unfinished", "half of a", 0600);
  Result<RootKey> made = make_root_key_file(file);
  REQUIRE(made.has_value());
  CHECK(load_root_key_file(file)->id() == made->id());
  CHECK_FALSE(std::filesystem::exists(folder / "root.key.unfinished"));
}

TEST_CASE("a root key is made once, with mode 0600, and loaded again") {
  TempFolder folder;
  std::filesystem::path file = folder / "root.key";
  mode_t before = ::umask(0);
  Result<RootKey> made = make_root_key_file(file);
  ::umask(before);
  REQUIRE(made.has_value());
  CHECK(mode_of(file) == 0600);
  CHECK(std::filesystem::file_size(file) == 32);

  Result<RootKey> loaded = load_root_key_file(file);
  REQUIRE(loaded.has_value());
  CHECK(loaded->id() == made->id());
}

TEST_CASE("a root key is made for another user, who alone may read it") {
  if (::geteuid() != 0) {
    MESSAGE("skipped: a root key for another user (only root can give a file away)");
    return;
  }
  TempFolder folder;
  const std::filesystem::path file = folder / "root.key";
  REQUIRE(make_root_key_file(file, 12345).has_value());
  struct stat status;
  REQUIRE(::stat(file.c_str(), &status) == 0);
  CHECK(status.st_uid == 12345);
  CHECK(mode_of(file) == 0600);
}

TEST_CASE("making a root key never overwrites what is there") {
  TempFolder folder;
  struct Case {
    std::string_view name;
    std::string content;
  };
  const Case cases[] = {{"a key", key_bytes()}, {"an empty file", ""}};
  for (const Case& c : cases) {
    CAPTURE(c.name);
    std::filesystem::path file = folder / c.name;
    write_key_file(file, c.content, 0600);
    Result<RootKey> made = make_root_key_file(file);
    REQUIRE_FALSE(made.has_value());
    CHECK(made.error().message().find(file.native()) != std::string::npos);
    CHECK(testing::read_file(file) == c.content);
  }

  std::filesystem::create_symlink(folder / "elsewhere", folder / "link");
  CHECK_FALSE(make_root_key_file(folder / "link").has_value());
  CHECK_FALSE(std::filesystem::exists(folder / "elsewhere"));
}

TEST_CASE("a root key that cannot be written leaves nothing behind") {
  TempFolder folder;
  testing::write_file(folder / "file", "");
  Result<RootKey> made = make_root_key_file(folder / "file/root.key");
  REQUIRE_FALSE(made.has_value());
  CHECK(made.error().code == Errc::internal);
  CHECK(testing::read_file(folder / "file").empty());
}

TEST_CASE("the folder that a root key lacks is made for its owner alone") {
  TempFolder folder;
  const std::filesystem::path file = folder / "a/b/root.key";
  const mode_t before = ::umask(0);
  const bool made = make_root_key_file(file).has_value();
  ::umask(before);
  CHECK(made);
  for (const auto& each : {file.parent_path(), file.parent_path().parent_path()}) {
    CHECK(mode_of(each) == 0700);
  }
}

TEST_CASE("a missing root key file is told apart from a bad one") {
  TempFolder folder;
  Result<RootKey> loaded = load_root_key_file(folder / "root.key");
  REQUIRE_FALSE(loaded.has_value());
  CHECK(loaded.error().code == Errc::not_found);
}

TEST_CASE("a root key file that group or others may reach is refused") {
  TempFolder folder;
  std::filesystem::path file = folder / "root.key";
  struct Case {
    mode_t mode;
    bool good;
  };
  const Case cases[] = {{0600, true},  {0400, true},  {0640, false}, {0604, false}, {0620, false},
                        {0602, false}, {0610, false}, {0601, false}, {0644, false}, {0777, false}};
  for (const Case& c : cases) {
    CAPTURE(c.mode);
    write_key_file(file, key_bytes(), c.mode);
    Result<RootKey> loaded = load_root_key_file(file);
    CHECK(loaded.has_value() == c.good);
    if (!loaded) {
      CHECK(loaded.error().code == Errc::internal);
      CHECK(loaded.error().message().find("chmod 600 " + file.native()) != std::string::npos);
    }
    std::filesystem::remove(file);
  }
}

TEST_CASE("a root key file holds 32 bytes or their base64, and nothing else") {
  TempFolder folder;
  std::filesystem::path file = folder / "root.key";
  const std::string key = key_bytes();
  const std::string text = to_base64(key);
  struct Case {
    std::string_view name;
    std::string content;
    bool good;
  };
  const Case cases[] = {
      {"32 bytes", key, true},
      {"base64", text, true},
      {"base64 and a newline", text + "\n", true},
      {"base64 and CR LF", text + "\r\n", true},
      {"nothing", "", false},
      {"31 bytes", key.substr(1), false},
      {"33 bytes", key + "x", false},
      {"32 bytes and a newline", key + "\n", false},
      {"base64 and two newlines", text + "\n\n", false},
      {"base64 of 31 bytes", to_base64(key.substr(1)), false},
      {"base64 of 33 bytes", to_base64(key + "x"), false},
      {"base64 without padding", text.substr(0, 43), false},
      {"hexadecimal", to_hex(key), false},
      {"a longer file", std::string(5000, 'A'), false},
  };
  const std::uint64_t id = RootKey(Secret(key)).id();
  for (const Case& c : cases) {
    CAPTURE(c.name);
    write_key_file(file, c.content, 0600);
    Result<RootKey> loaded = load_root_key_file(file);
    CHECK(loaded.has_value() == c.good);
    if (loaded) {
      CHECK(loaded->id() == id);
    } else {
      CHECK(loaded.error().message().find(file.native()) != std::string::npos);
    }
  }
}

TEST_CASE("what is no regular file is refused without waiting for it") {
  TempFolder folder;
  write_key_file(folder / "real", key_bytes(), 0600);
  std::filesystem::create_symlink(folder / "real", folder / "link");
  std::filesystem::create_directory(folder / "folder");
  std::filesystem::permissions(folder / "folder", std::filesystem::perms::owner_all);
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  for (const char* name : {"link", "folder", "pipe"}) {
    CAPTURE(name);
    Result<RootKey> loaded = load_root_key_file(folder / name);
    REQUIRE_FALSE(loaded.has_value());
    CHECK(loaded.error().code == Errc::internal);
    CHECK(loaded.error().message().find(folder / name) != std::string::npos);
  }
}

TEST_CASE("a root key file of another user is refused") {
  if (::geteuid() != 0) {
    MESSAGE("skipped: a root key file of another user (only root can give a file away)");
    return;
  }
  TempFolder folder;
  std::filesystem::path file = folder / "root.key";
  write_key_file(file, key_bytes(), 0600);
  REQUIRE(::chown(file.c_str(), 12345, 12345) == 0);
  Result<RootKey> loaded = load_root_key_file(file);
  REQUIRE_FALSE(loaded.has_value());
  CHECK(loaded.error().message().find("uid 12345") != std::string::npos);
}

}  // namespace
}  // namespace byok::vault

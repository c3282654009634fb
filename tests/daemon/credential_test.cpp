#include "daemon/credential.hpp"

#include <doctest/doctest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "daemon/global_key.hpp"
#include "daemon/root_key.hpp"
#include "tests/daemon/load.hpp"

namespace byok::daemon {
namespace {

constexpr const char* folder_variable = "CREDENTIALS_DIRECTORY";

void write_secret(const std::filesystem::path& file, const std::string& content, mode_t mode) {
  testing::write_file(file, content);
  REQUIRE(::chmod(file.c_str(), mode) == 0);
}

ProviderSetting provider(std::string source) {
  return {.id = ProviderId::parse("openai").value(),
          .base_url = {},
          .format = {},
          .global_key = std::move(source),
          .ca_file = {},
          .auth_header = {}};
}

TEST_CASE("a credential's name is one part of a path") {
  for (const char* good : {"root.key", "a", "..a", "key_1"}) {
    CAPTURE(good);
    CHECK(is_credential_name(good));
  }
  for (const std::string& bad :
       {std::string(), std::string("."), std::string(".."), std::string("a/b"), std::string("/a"),
        std::string("a:b"), std::string("a b"), std::string("a\0b", 3), std::string(256, 'a')}) {
    CAPTURE(bad);
    CHECK_FALSE(is_credential_name(bad));
    Load load;
    load.file("root_key = 'credential:" + (bad.find('\0') == bad.npos ? bad : "/") + "'\n");
    CHECK(load.problems().find("root_key wants a credential's name") != std::string::npos);
  }
}

TEST_CASE("a credential lies in the folder that the service manager names") {
  auto found = credential_file("root.key", {{folder_variable, "/run/credentials/byokd.service"}});
  REQUIRE(found.has_value());
  CHECK(*found == "/run/credentials/byokd.service/root.key");
  for (const Environment& environment :
       {Environment{}, Environment{{folder_variable, ""}}, Environment{{folder_variable, "x"}}}) {
    auto missing = credential_file("root.key", environment);
    REQUIRE(missing.has_error());
    CHECK(missing.error().message().find("LoadCredential=root.key") != std::string::npos);
  }
}

// $CREDENTIALS_DIRECTORY of this process, while it lives.
class HandedOver {
 public:
  HandedOver() { ::setenv(folder_variable, folder_.path().c_str(), 1); }
  ~HandedOver() { ::unsetenv(folder_variable); }
  HandedOver(const HandedOver&) = delete;
  HandedOver& operator=(const HandedOver&) = delete;

  const testing::TempFolder& folder() const { return folder_; }
  // What root_key=SOURCE is then.
  Settings root_key(const std::string& source) const {
    Load load;
    load.variable(folder_variable, folder_.path().native()).option("root_key=" + source);
    return load.settings().value();
  }

 private:
  testing::TempFolder folder_;
};

TEST_CASE("a credential is known by where it lies, and no other file is one") {
  HandedOver handed;
  const std::filesystem::path& folder = handed.folder().path();
  CHECK(handed.root_key("credential:root.key").root_key_file == folder / "root.key");
  CHECK(source_of(folder / "root.key") == "credential:root.key");
  CHECK(source_of(folder / "below/root.key") == "file:" + (folder / "below/root.key").native());
  CHECK(source_of("/etc/byok/root.key") == "file:/etc/byok/root.key");
  ::unsetenv(folder_variable);
  CHECK_FALSE(credential_at(folder / "root.key").has_value());
}

TEST_CASE("a root key comes from a credential, and from one that others cannot read") {
  struct Case {
    std::string_view name;
    std::string content;
    mode_t mode;
    const char* says;  // null: it is taken
  };
  const Case cases[] = {
      {"the owner's alone", std::string(32, 'k'), 0400, nullptr},
      {"given by an access list", std::string(32, 'k'), 0440, nullptr},
      {"everybody's", std::string(32, 'k'), 0444, "others may reach it"},
      {"the group's to write", std::string(32, 'k'), 0460, "others may reach it"},
      {"something else", "short", 0400, "holds neither 32 bytes"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    HandedOver handed;
    write_secret(handed.folder() / "root.key", c.content, c.mode);
    auto key = load_root_key(handed.root_key("credential:root.key").root_key_file);
    CHECK(key.has_value() == (c.says == nullptr));
    if (c.says != nullptr && key.has_error()) {
      CHECK(key.error().message().find(c.says) != std::string::npos);
    }
  }
}

TEST_CASE("a root key that nobody has handed over is not made, and the message says who has to") {
  HandedOver handed;
  const std::filesystem::path file = handed.root_key("credential:root.key").root_key_file;
  auto key = load_root_key(file);
  REQUIRE(key.has_error());
  CHECK(key.error().code != Errc::not_found);  // which would have one made
  CHECK(key.error().message().find("LoadCredential=root.key") != std::string::npos);
  CHECK(make_root_key(file).has_error());
  CHECK(handed.folder().empty());

  Load alone;
  CHECK(alone.option("root_key=credential:root.key").problems().find("LoadCredential=root.key") !=
        std::string::npos);
}

TEST_CASE("a global key comes from a credential, never from nowhere") {
  testing::TempFolder folder;
  write_secret(folder / "openai.key", "sk-global-0123456789\n", 0440);
  write_secret(folder / "open.key", "sk-global-0123456789\n", 0444);
  const Environment environment{{folder_variable, folder.path().native()}};

  auto key = resolve_global_key(provider("credential:openai.key"), environment);
  REQUIRE(key.has_value());
  REQUIRE(key->has_value());
  CHECK((**key).reveal() == "sk-global-0123456789");

  CHECK(resolve_global_key(provider("credential:open.key"), environment).has_error());
  CHECK(resolve_global_key(provider("credential:missing"), environment).has_error());
  auto alone = resolve_global_key(provider("credential:openai.key"), {});
  REQUIRE(alone.has_error());
  CHECK(alone.error().message().find("LoadCredential=openai.key") != std::string::npos);
}

}  // namespace
}  // namespace byok::daemon

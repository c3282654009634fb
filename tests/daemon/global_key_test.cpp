#include "daemon/global_key.hpp"

#include <doctest/doctest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "tests/support/temp_folder.hpp"

namespace byok::daemon {
namespace {

constexpr std::string_view key = "sk-global-0123456789";

ProviderSetting provider(std::string source) {
  return {.id = ProviderId::parse("openai").value(),
          .base_url = {},
          .format = {},
          .global_key = std::move(source),
          .ca_file = {},
          .auth_header = {}};
}

TEST_CASE("the built-in variable may be unset, a configured one may not") {
  struct Case {
    std::string_view name;
    const char* source;
    Environment environment;
    bool good;
    bool found;
  };
  const Case cases[] = {
      {"no source", "", {{"OPENAI_API_KEY", std::string(key)}}, true, false},
      {"own variable", "env:OPENAI_API_KEY", {{"OPENAI_API_KEY", std::string(key)}}, true, true},
      {"own variable unset", "env:OPENAI_API_KEY", {}, true, false},
      {"own variable empty", "env:OPENAI_API_KEY", {{"OPENAI_API_KEY", ""}}, true, false},
      {"own variable too short", "env:OPENAI_API_KEY", {{"OPENAI_API_KEY", "sk"}}, false, false},
      {"another variable", "env:K", {{"K", " " + std::string(key) + "\n"}}, true, true},
      {"another variable unset", "env:K", {}, false, false},
      {"another variable with a space", "env:K", {{"K", "sk-global 0123456789"}}, false, false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    Result<std::optional<Secret>> got = resolve_global_key(provider(c.source), c.environment);
    CHECK(got.has_value() == c.good);
    if (got.has_error()) {
      CHECK(got.error().code == Errc::invalid_key);
      CHECK(got.error().message().starts_with("provider.openai.global_key: "));
    } else {
      CHECK(got->has_value() == c.found);
      if (got->has_value()) CHECK((**got).reveal() == key);
    }
  }
}

TEST_CASE("a key file is trimmed, and refused where others read it or it is something else") {
  struct Case {
    std::string_view name;
    std::string content;
    mode_t mode;
    bool good;
  };
  const Case cases[] = {
      {"one line", std::string(key) + "\r\n", 0600, true},
      {"readable by its group", std::string(key), 0640, true},
      {"readable by all", std::string(key), 0644, false},
      {"empty", "", 0600, false},
      {"two lines", std::string(key) + "\n" + std::string(key) + "\n", 0600, false},
      {"the longest key", std::string(4096, 'k'), 0600, true},
      {"too long", std::string(4097, 'k'), 0600, false},
      {"a large file", std::string(100'000, ' ') + std::string(key), 0600, false},
      {"not ASCII", "sk-gl\xc3\xb6-0123456", 0600, false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    testing::TempFolder folder;
    std::filesystem::path file = folder / "key";
    testing::write_file(file, c.content);
    REQUIRE(chmod(file.c_str(), c.mode) == 0);
    Result<std::optional<Secret>> got = resolve_global_key(provider("file:" + file.native()), {});
    CHECK(got.has_value() == c.good);
    if (got.has_error()) CHECK(got.error().message().find("0123") == std::string::npos);
  }
}

TEST_CASE("a key file that is a link, a folder, a pipe or missing is refused") {
  testing::TempFolder folder;
  testing::write_file(folder / "key", key);
  REQUIRE(chmod((folder / "key").c_str(), 0600) == 0);
  std::filesystem::create_symlink(folder / "key", folder / "link");
  std::filesystem::create_directory(folder / "folder");
  REQUIRE(mkfifo((folder / "pipe").c_str(), 0600) == 0);
  for (const char* name : {"link", "folder", "pipe", "missing"}) {
    CAPTURE(name);
    CHECK_FALSE(resolve_global_key(provider("file:" + (folder / name)), {}).has_value());
  }
}

TEST_CASE("variables that held global keys are kept and wiped, and no other is") {
  Settings settings{};
  settings.providers.push_back(provider("env:BYOK_TEST_KEY"));
  REQUIRE(::setenv("BYOK_TEST_KEY", "sk-0123456789", 1) == 0);
  REQUIRE(::setenv("BYOK_TEST_OTHER", "other", 1) == 0);
  const char* held = ::getenv("BYOK_TEST_KEY");
  Environment environment = process_environment();
  KeptKeys kept;
  keep_global_keys(settings, environment, kept);
  CHECK(std::string(held, 13) == std::string(13, '\0'));
  CHECK(std::string(::getenv("BYOK_TEST_KEY")).empty());
  CHECK(kept.at("BYOK_TEST_KEY").reveal() == "sk-0123456789");
  // What was taken out is found again, and what others put there since is not taken for it.
  environment["BYOK_TEST_KEY"] = "sk-9876543210";
  CHECK((*resolve_global_key(provider("env:BYOK_TEST_KEY"), environment, kept))->reveal() ==
        "sk-0123456789");
  environment.erase("BYOK_TEST_KEY");
  CHECK_FALSE(environment.contains("BYOK_TEST_KEY"));
  CHECK(environment.at("BYOK_TEST_OTHER") == "other");
  ::unsetenv("BYOK_TEST_OTHER");
}

}  // namespace
}  // namespace byok::daemon

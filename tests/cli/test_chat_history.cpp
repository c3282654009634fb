#include <doctest/doctest.h>

#include <sys/stat.h>

#include <algorithm>
#include <thread>

#include "cli/chat_history.hpp"
#include "tests/support/temp_folder.hpp"

using namespace byok::cli;
using byok::testing::read_file;
using byok::testing::TempFolder;
using byok::testing::write_file;

namespace {

using Entries = std::vector<std::string>;

Entries loaded(const std::string& file) {
  auto entries = ChatHistory(file).load();
  REQUIRE(entries.has_value());
  return *entries;
}

unsigned mode_of(const std::string& file) {
  struct stat status {};
  REQUIRE(::stat(file.c_str(), &status) == 0);
  return status.st_mode & 0777;
}

}  // namespace

TEST_CASE("what was asked is there again, for its owner alone") {
  const TempFolder folder;
  const std::string file = folder / "a/b/chat_history";
  CHECK(loaded(file).empty());
  for (const std::string entry :
       {"one", "two\nlines", "\xc3\xa9 \"quoted\" \\", " behind a blank"}) {
    CHECK(ChatHistory(file).add(entry).has_value());
  }
  CHECK(loaded(file) == Entries{"one", "two\nlines", "\xc3\xa9 \"quoted\" \\"});
  CHECK(mode_of(file) == 0600);
  CHECK(mode_of(folder / "a/b") == 0700);
  // One that was copied here is closed to others.
  std::filesystem::permissions(file, std::filesystem::perms::all);
  CHECK(loaded(file).size() == 3);
  CHECK(mode_of(file) == 0600);
}

TEST_CASE("no key is kept") {
  struct Case {
    std::string text;
    bool key;
  };
  const Case cases[] = {
      {"sk-proj-abcdefghijklmnop", true},
      {"why does OPENAI_API_KEY=sk-proj-abcdefghijklmnop not work", true},
      {"(AIzaSyA1234567890abcdefghijklmnopqrstu)", true},
      {"byok_0123456789abcdef", true},
      {"byokadmin_0123456789abcdef", true},
      {"Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9", true},
      {"csk-0123456789abcdef", true},
      {"byoklink_0123456789abcdef", true},
      {"key 0a74d5a0a74d5a0a74d5a0a74d5a0a74 is refused", true},
      {"key 0A74D5A0A74D5A0A74D5A0A74D5A0A74 is refused", true},
      {"what is sk-learn, and hf_hub?", false},
      // It could be a key as well.
      {"git show 0a74d5a0a74d5a0a74d5a0a74d5a0a74d5a0a74d", true},
      {"git show 0a74d5a0a74d", false},
      {"an_extraordinarily_long_name_of_a_function", false},
      {"", false},
  };
  const TempFolder folder;
  const std::string file = folder / "history";
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(may_hold_key(c.text) == c.key);
    CHECK(ChatHistory(file).add(c.text).has_value());
  }
  CHECK(loaded(file).size() == 4);
  CHECK(read_file(file).find("sk-proj") == std::string::npos);
}

TEST_CASE("it keeps the latest within its bounds, however long it is used") {
  const TempFolder folder;
  const std::string file = folder / "history";
  std::string many;
  for (std::size_t i = 0; i < ChatHistory::max_entries + 5; ++i) {
    many += "\"" + std::to_string(i) + "\"\n";
  }
  write_file(file, many);
  Entries entries = loaded(file);
  CHECK(entries.size() == ChatHistory::max_entries);
  CHECK(entries.front() == "5");
  CHECK(loaded(file) == entries);

  const std::string fat(ChatHistory::max_entry, 'x');
  for (int i = 0; i < 200; ++i) {
    CHECK(ChatHistory(file).add(fat).has_value());
    REQUIRE(std::filesystem::file_size(file) <= ChatHistory::max_bytes);
  }
  CHECK(ChatHistory(file).add("last").has_value());
  CHECK(ChatHistory(file).add(fat + "x").has_value());
  entries = loaded(file);
  CHECK(entries.back() == "last");
  CHECK(entries.size() > 20);
}

TEST_CASE("what is no entry is read over, and what is no file is left alone") {
  const TempFolder folder;
  const std::string file = folder.write("history", "\"one\"\nnot json\n17\n\n\"tw");
  CHECK(loaded(file) == Entries{"one"});
  CHECK(ChatHistory(file).add("three").has_value());
  CHECK(loaded(file) == Entries{"one", "three"});
  const std::string nothing = folder / "nothing";
  std::filesystem::create_symlink("/dev/null", nothing);
  CHECK(ChatHistory(nothing).add("one").has_value());
  CHECK(loaded(nothing).empty());
  CHECK(ChatHistory({}).add("one").has_value());
  CHECK(loaded({}).empty());
  CHECK_FALSE(ChatHistory(folder.path().string()).add("one").has_value());
  CHECK_FALSE(ChatHistory(folder.path().string()).load().has_value());
  CHECK(ChatHistory("/proc/nowhere/history").add("one").error().message ==
        "cannot write the history /proc/nowhere/history: No such file or directory");
}

TEST_CASE("several conversations at once lose nothing of each other") {
  const TempFolder folder;
  const std::string file = folder / "history";
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&file, i] {
      for (int j = 0; j < 50; ++j) {
        static_cast<void>(ChatHistory(file).add(std::to_string(i * 50 + j)));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  Entries entries = loaded(file);
  std::ranges::sort(entries);
  CHECK(entries.size() == 200);
  CHECK(std::ranges::adjacent_find(entries) == entries.end());
}

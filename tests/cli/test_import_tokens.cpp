// The tokens of an import: where they are written, and what is said where they cannot be.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>

#include "tests/cli/served.hpp"

using namespace byok;
using namespace byok::testing;

namespace {

// While it lives, byok's files can grow to `most` bytes, as on a disk that is full then.
class FullDisk {
 public:
  explicit FullDisk(rlim_t most) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{most, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
    ignored_before_ = signal(SIGXFSZ, SIG_IGN);
  }
  ~FullDisk() {
    setrlimit(RLIMIT_FSIZE, &before_);
    signal(SIGXFSZ, ignored_before_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_{};
  sighandler_t ignored_before_ = SIG_DFL;
};

std::string lines(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "{\"tenant\":\"a\"}\n";
  return text;
}

std::string answer(int line) {
  return R"({"line":)" + std::to_string(line) + R"(,"ok":true,"tenant":"t)" + std::to_string(line) +
         R"(","token":"byok_)" + std::string(50, 'x') + "\"}\n";
}

std::string record(int line) {
  return "t" + std::to_string(line) + "\tbyok_" + std::string(50, 'x') + "\n";
}

Served answering(int first, int last) {
  std::string text;
  for (int i = first; i <= last; ++i) text += answer(i);
  return Served({ok(text, "application/x-ndjson")});
}

}  // namespace

TEST_CASE("a file for tokens that begins a line gets its end first") {
  const TempFolder folder;
  const std::string file = folder.write("tokens", "mine");
  CHECK(answering(1, 1).run({"import", "-", "--tokens-out", file}, {}, lines(1)).exit == 0);
  CHECK(answering(2, 2).run({"import", "-", "--tokens-out", file}, {}, lines(1)).exit == 0);
  CHECK(read_file(file) == "mine\n" + record(1) + record(2));
}

TEST_CASE("a disk that fills leaves no half of a line, and the import tells from where to go on") {
  for (const bool to_stdout : {false, true}) {
    CAPTURE(to_stdout);
    const TempFolder folder;
    const std::string file = folder / "tokens";
    const std::string input = folder.write("in", lines(20));
    const FileDescriptor out(open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    Words words{"import", input};
    if (!to_stdout) words.insert(words.end(), {"--tokens-out", file});
    Ran ran;
    {
      Served served = answering(1, 20);
      const FullDisk full(150);
      ran = served.run_in({.out = to_stdout ? out.get() : -1}, words);
    }
    CHECK(ran.exit == 1);
    CAPTURE(ran.err);
    const std::string written = read_file(file);
    CHECK((written.empty() || written.ends_with('\n')));
    const auto saved = std::count(written.begin(), written.end(), '\n');
    const std::string next = std::to_string(saved + 1);
    CHECK(ran.err.find("lines " + next + " to 20 were sent") != std::string::npos);
    CHECK(ran.err.find("go on with --from-line " + next + "\n") != std::string::npos);
  }
}

TEST_CASE("an import goes on from the line that it was given, where nothing was saved") {
  const FileDescriptor full(open("/dev/full", O_WRONLY | O_CLOEXEC));
  Ran ran =
      answering(3, 4).run_in({.out = full.get()}, {"import", "-", "--from-line", "3"}, lines(4));
  CHECK(ran.exit == 1);
  CHECK(ran.err.find("lines 3 to 4 were sent") != std::string::npos);
  CHECK(ran.err.find("go on with --from-line 3\n") != std::string::npos);
}

TEST_CASE("a reader of the tokens that leaves is no end without a word") {
  for (const bool json : {false, true}) {
    CAPTURE(json);
    int ends[2];
    REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
    const FileDescriptor writing(ends[1]);
    close(ends[0]);
    Words words{"import", "-"};
    if (json) words.insert(words.begin(), "--json");
    Ran ran = answering(1, 2).run_in({.out = writing.get()}, words, lines(2));
    CHECK(ran.exit == 1);
    CHECK(ran.err.find("Broken pipe: lines 1 to 2 were sent") != std::string::npos);
    CHECK(ran.err.find("go on with --from-line 1\n") != std::string::npos);
  }
}

TEST_CASE("a file for tokens must be one's own, and closed to others") {
  const TempFolder folder;
  const std::string file = folder.write("tokens", "");
  REQUIRE(chmod(file.c_str(), 0640) == 0);
  Ran ran = answering(1, 1).run({"import", "-", "--tokens-out", file}, {}, lines(1));
  CHECK(ran.exit == 2);
  CHECK(ran.err.find("others can read") != std::string::npos);
  REQUIRE(chmod(file.c_str(), 0600) == 0);
  if (chown(file.c_str(), 12345, static_cast<gid_t>(-1)) != 0) {
    MESSAGE("skipped: another user's file (only root can give one away)");
    return;
  }
  Served served = answering(1, 1);
  ran = served.run({"import", "-", "--tokens-out", file}, {}, lines(1));
  CHECK(ran.exit == 2);
  CHECK(ran.err.find("belongs to another user") != std::string::npos);
  CHECK(served.server.requests().empty());
  CHECK(read_file(file).empty());
}

TEST_CASE("tokens that go to a file are not among the answers of --json") {
  const TempFolder folder;
  const std::string file = folder / "tokens";
  Ran ran = answering(1, 2).run({"--json", "import", "-", "--tokens-out", file}, {}, lines(2));
  CHECK(ran.exit == 0);
  CHECK(ran.out ==
        "{\"line\":1,\"ok\":true,\"tenant\":\"t1\"}\n"
        "{\"line\":2,\"ok\":true,\"tenant\":\"t2\"}\n");
  CHECK(ran.err.find("byok_") == std::string::npos);
  CHECK(read_file(file) == record(1) + record(2));
}

TEST_CASE("tokens reach their file though nobody takes the answers of --json") {
  const TempFolder folder;
  const std::string file = folder / "tokens";
  const FileDescriptor full(open("/dev/full", O_WRONLY | O_CLOEXEC));
  Ran ran = answering(1, 3).run_in({.out = full.get()},
                                   {"--json", "import", "-", "--tokens-out", file}, lines(3));
  CAPTURE(ran.err);
  CHECK(ran.exit == 1);
  CHECK(ran.err.find("3 tokens written to " + file) != std::string::npos);
  CHECK(ran.err.ends_with("No space left on device: it was imported to the end all the same\n"));
  CHECK(read_file(file) == record(1) + record(2) + record(3));
}

TEST_CASE("an import that is stopped says so, though nobody takes its answers either") {
  const TempFolder folder;
  const std::string input = folder / "in";
  REQUIRE(mkfifo(input.c_str(), 0600) == 0);
  const FileDescriptor writing(open(input.c_str(), O_RDWR | O_CLOEXEC));
  REQUIRE(write(writing.get(), "{}\n", 3) == 3);
  const FileDescriptor full(open("/dev/full", O_WRONLY | O_CLOEXEC));
  // Who reads its input holds signals back already.
  const auto reads = [&] {
    int left = 0;
    return ioctl(writing.get(), FIONREAD, &left) == 0 && left == 0;
  };
  Ran ran = answering(1, 1).run_in({.out = full.get(), .until = reads, .signal = SIGINT},
                                   {"--json", "import", input, "--tokens-out", folder / "t"});
  CAPTURE(ran.err);
  CHECK(ran.exit == 130);
  CHECK(ran.err.ends_with("\nbyok: interrupted\n"));
  CHECK(read_file(folder / "t") == record(1));
}

TEST_CASE("the file that is imported is no place for what is printed") {
  const TempFolder folder;
  const std::string file = folder.write("in", lines(1));
  const FileDescriptor out(open(file.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  for (const Words& words : {Words{"import", file}, Words{"--json", "import", file},
                             Words{"--json", "import", file, "--tokens-out", folder / "t"}}) {
    CAPTURE(words);
    Served served = answering(1, 1);
    Ran ran = served.run_in({.out = out.get()}, words);
    CHECK(ran.exit == 2);
    CHECK(ran.err == "byok: standard output is the file that is imported: write to another\n");
    CHECK(served.server.requests().empty());
    CHECK(read_file(file) == lines(1));
  }
}

TEST_CASE("the file that is imported is no file for its tokens, by whatever name") {
  const TempFolder folder;
  const std::string file = folder.write("in", lines(1));
  std::filesystem::create_hard_link(file, folder / "hard");
  for (const char* name : {"in", "hard"}) {
    CAPTURE(name);
    Served served = answering(1, 1);
    Ran ran = served.run({"import", file, "--tokens-out", folder / name});
    CHECK(ran.exit == 2);
    CHECK(ran.err == "byok: --tokens-out names the file that is imported: name another\n");
    CHECK(served.server.requests().empty());
    CHECK(read_file(file) == lines(1));
  }
}

TEST_CASE("a byte order mark before the first line is not sent, and nothing else left out") {
  struct Case {
    const char* name;
    std::string input;
    Words more;
    std::string sent;
  };
  const std::string mark = "\xef\xbb\xbf";
  const Case cases[] = {
      {"a mark", mark + "{}\n", {}, "{}\n"},
      {"a mark and nothing", mark, {}, ""},
      {"two", mark + mark + "{}\n", {}, mark + "{}\n"},
      {"the beginning of one", "\xef\xbb{}\n", {}, "\xef\xbb{}\n"},
      {"no more than that", "\xef\xbb", {}, "\xef\xbb"},
      {"within", "{}\n" + mark, {}, "{}\n" + mark},
      {"a line that is left out", "\xef\xbbx\n{}\n", {"--from-line", "2"}, "{}\n"}};
  for (const Case& c : cases) {
    CAPTURE(c.name);
    Served served({ok("", "application/x-ndjson")});
    Words words{"import", "-"};
    words.insert(words.end(), c.more.begin(), c.more.end());
    served.run(words, {}, c.input);
    std::string body;  // without the chunks' sizes
    std::string rest = served.body();
    while (!rest.empty()) {
      std::size_t end = 0;
      const std::size_t size = std::stoul(rest, &end, 16);
      body += rest.substr(end + 2, size);
      rest.erase(0, end + 2 + size + 2);
    }
    CHECK(body == c.sent);
  }
}

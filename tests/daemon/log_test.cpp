#include "daemon/log.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "common/file_descriptor.hpp"
#include "common/ids.hpp"
#include "common/secret.hpp"
#include "tests/support/temp_folder.hpp"

namespace byok::daemon {
namespace {

static_assert(!std::is_constructible_v<Field, std::string_view, const Secret&>);
static_assert(!std::is_constructible_v<Field, std::string_view, double>);

// A log in a file, which can be read back.
class Log {
 public:
  explicit Log(LogFormat format, LogLevel level = LogLevel::debug)
      : fd_(::open((folder_ / "log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)),
        logger_(level, format, fd_.get()) {}
  const Logger& operator*() const { return logger_; }
  std::string text() const { return testing::read_file(folder_ / "log"); }
  // The one line without its time.
  std::string line() const {
    std::string all = text();
    constexpr std::string_view time = "2026-06-20T12:00:00.123Z";
    std::size_t begin = all.find_first_of("0123456789");
    if (begin != std::string::npos) all.erase(begin, time.size());
    return all;
  }

 private:
  testing::TempFolder folder_;
  FileDescriptor fd_;
  Logger logger_;
};

TEST_CASE("an event is one line of text or one JSON object") {
  for (LogFormat format : {LogFormat::text, LogFormat::json}) {
    Log log(format);
    (*log).info("key.rotated", {{"tenant", TenantId::parse("acme").value()},
                                {"count", 3},
                                {"size", std::uint64_t{18446744073709551615U}},
                                {"delta", -1},
                                {"done", true},
                                {"", "left out"},
                                {"file", "/a b"}});
    CHECK(log.line() ==
          (format == LogFormat::text
               ? " info key.rotated tenant=acme count=3 size=18446744073709551615 delta=-1 "
                 "done=true file=\"/a b\"\n"
               : R"({"time":"","level":"info","event":"key.rotated","tenant":"acme","count":3,)"
                 R"("size":18446744073709551615,"delta":-1,"done":true,"file":"/a b"})"
                 "\n"));
  }
}

TEST_CASE("whatever a value holds, the line stays one line of printable ASCII") {
  struct Case {
    std::string_view name;
    std::string value;
    const char* text;
  };
  const Case cases[] = {
      {"plain", "gpt-4o", "gpt-4o"},
      {"empty", "", R"("")"},
      {"space", "a b", R"("a b")"},
      {"another field", "x level=error", R"("x level=error")"},
      {"quotes", R"(say "hi")", R"("say \"hi\"")"},
      {"backslash", R"(a\n)", R"("a\\n")"},
      {"line break", "a\nb\r", R"("a\u000ab\u000d")"},
      {"terminal escape", "\x1b[31m", R"("\u001b[31m")"},
      {"delete", "\x7f", R"("\u007f")"},
      {"zero", std::string("a\0b", 3), R"("a\u0000b")"},
      {"two bytes", "\xc3\xbc", R"("\u00fc")"},
      {"three bytes", "\xe2\x82\xac", R"("\u20ac")"},
      {"four bytes", "\xf0\x9f\x94\x90", R"("\ud83d\udd10")"},
      {"control of eight bits", "\xc2\x9b", R"("\u009b")"},
      {"cut off", "\xe2\x82", R"("\ufffd\ufffd")"},
      {"stray tail", "\x80", R"("\ufffd")"},
      {"overlong", "\xc0\xaf", R"("\ufffd\ufffd")"},
      {"overlong of three", "\xe0\x80\xaf", R"("\ufffd\ufffd\ufffd")"},
      {"surrogate", "\xed\xa0\x80", R"("\ufffd\ufffd\ufffd")"},
      {"beyond Unicode", "\xf4\x90\x80\x80", R"("\ufffd\ufffd\ufffd\ufffd")"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    Log text(LogFormat::text);
    (*text).warn("e", {{"v", c.value}});
    CHECK(text.line() == std::string(" warn e v=") + c.text + "\n");
    Log json(LogFormat::json);
    (*json).warn("e", {{"v", c.value}});
    std::string quoted = c.text[0] == '"' ? c.text : "\"" + std::string(c.text) + "\"";
    CHECK(json.line() == R"({"time":"","level":"warn","event":"e","v":)" + quoted + "}\n");
  }
}

TEST_CASE("a long value is cut") {
  Log log(LogFormat::text);
  (*log).error("e", {{"v", std::string(5000, 'x')}});
  CHECK(log.line() == " error e v=\"" + std::string(1024, 'x') + "...\"\n");
}

TEST_CASE("events below the level are not written") {
  for (LogLevel level : {LogLevel::debug, LogLevel::info, LogLevel::warn, LogLevel::error}) {
    CAPTURE(level_name(level));
    Log log(LogFormat::text, level);
    (*log).debug("one");
    (*log).info("two");
    (*log).warn("three");
    (*log).error("four");
    std::string text = log.text();
    CHECK((text.find("one") != text.npos) == (level <= LogLevel::debug));
    CHECK((text.find("two") != text.npos) == (level <= LogLevel::info));
    CHECK((text.find("three") != text.npos) == (level <= LogLevel::warn));
    CHECK(text.find("four") != text.npos);
  }
}

TEST_CASE("the time is written in UTC to the millisecond") {
  Log log(LogFormat::text);
  (*log).info("e");
  std::string text = log.text();
  std::string shape = text.substr(0, text.find(' '));
  for (char& c : shape) {
    if (c >= '0' && c <= '9') c = '9';
  }
  CHECK(shape == "9999-99-99T99:99:99.999Z");
}

TEST_CASE("lines of many threads do not mix") {
  Log log(LogFormat::text);
  constexpr int threads = 4;
  constexpr int lines = 200;
  const std::string value(300, 'x');
  std::vector<std::jthread> writers;
  for (int i = 0; i < threads; ++i) {
    writers.emplace_back([&] {
      for (int line = 0; line < lines; ++line) (*log).info("e", {{"v", value}});
    });
  }
  writers.clear();
  std::string text = log.text();
  const std::string ending = " info e v=" + value + "\n";
  const std::size_t size = 24 + ending.size();
  REQUIRE(text.size() == size * threads * lines);
  int whole = 0;
  for (std::size_t at = 0; at < text.size(); at += size) {
    whole += text.compare(at + 24, ending.size(), ending) == 0 ? 1 : 0;
  }
  CHECK(whole == threads * lines);
}

// What a pipe holds.
std::string drain(int reader) {
  std::string text;
  char bytes[4096];
  for (ssize_t got = 0; (got = ::read(reader, bytes, sizeof bytes)) > 0;) {
    text.append(bytes, static_cast<std::size_t>(got));
  }
  return text;
}

TEST_CASE("a reader who has stopped holds nobody up, and learns later what it missed") {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  const FileDescriptor reader(ends[0]);
  const FileDescriptor writer(ends[1]);
  REQUIRE(::fcntl(reader.get(), F_SETFL, O_NONBLOCK) == 0);
  const Logger log(LogLevel::debug, LogFormat::text, writer.get());
  // Escaped, so long that a line takes several pieces and may be cut in its midst.
  const std::string value(1024, '\x01');
  constexpr std::size_t lines = 100;
  for (std::size_t i = 0; i < lines; ++i) log.info("long", {{"v", value}});
  const std::string before = drain(reader.get());
  const auto kept = static_cast<std::size_t>(std::ranges::count(before, '\n'));
  CHECK(kept > 0);
  CHECK(kept < lines);
  log.info("next");
  std::string after = drain(reader.get());
  // What was cut off has its end, and the others are lines of their own.
  if (!before.ends_with('\n')) {
    REQUIRE(after.starts_with('\n'));
    after.erase(0, 1);
  }
  CHECK(after.find(" warn log.lost lines=" + std::to_string(lines - kept) + "\n") == 24);
  CHECK(after.ends_with(" info next\n"));
  CHECK(std::ranges::count(after, '\n') == 2);
  log.info("last");
  CHECK(drain(reader.get()).find("log.lost") == std::string::npos);
}

}  // namespace
}  // namespace byok::daemon

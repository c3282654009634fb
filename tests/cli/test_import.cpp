// byok import: what it sends, and how it tells what came of it.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <limits>

#include "cli/bar.hpp"
#include "cli/import_failures.hpp"
#include "cli/progress.hpp"
#include "cli/text.hpp"
#include "tests/cli/full_queue.hpp"
#include "tests/cli/served.hpp"

using namespace byok::testing;
using namespace byok::cli;

TEST_CASE("an import sends the file as it is, and tells what came of it") {
  TempFolder dir;
  std::string lines = "{\"tenant\":\"a\"}\n{\"tenant\":\"b\"}\n";
  std::string file = dir.write("tenants.ndjson", lines);
  const std::string answers =
      "{\"line\":1,\"tenant\":\"a\",\"ok\":true,\"token\":\"byok_x\"}\n"
      "{\"line\":2,\"ok\":false,\"error\":\"INVALID_TENANT\",\"message\":\"mend it\"}\n";
  struct Case {
    Words arguments;
    const char* input;
    std::string out;
  };
  const Case cases[] = {{{"import", file}, "", "a\tbyok_x\n"},
                        {{"import", "-"}, lines.c_str(), "a\tbyok_x\n"},
                        {{"--json", "import", file}, "", answers}};
  for (const Case& c : cases) {
    CAPTURE(c.arguments);
    Served served({ok(answers, "application/x-ndjson")});
    Ran ran = served.run(c.arguments, {}, c.input);
    CHECK(ran.exit == 1);
    CHECK(ran.out == c.out);
    CHECK(ran.err ==
          "byok: line 2 (INVALID_TENANT): mend it\n"
          "1 line taken, 1 failed\n"
          "byok: 1 line was not taken: mend it and run it again\n");
    CHECK(served.first_line() == "POST /admin/import HTTP/1.1");
    CHECK(served.sent("\r\nContent-Type: application/x-ndjson\r\n"));
    CHECK(served.body() == "1e\r\n" + lines + "\r\n0\r\n\r\n");
  }
}

TEST_CASE("lines before the first that is wanted are not sent, of a file or of a pipe") {
  TempFolder dir;
  // More than is read at a time, and a last line without its end.
  std::string skipped;
  for (int i = 0; i < 30'000; ++i) skipped += "{\"tenant\":\"x\"}\n";
  const std::string rest = "{\"tenant\":\"a\"}\n{\"tenant\":\"b\"}";
  const std::string file = dir.write("tenants.ndjson", skipped + rest);
  Served served(
      {ok("{\"line\":30001,\"tenant\":\"a\",\"ok\":true}\n"
          "{\"line\":30002,\"tenant\":\"b\",\"ok\":true}\n",
          "application/x-ndjson")});
  Ran ran = served.run({"import", file, "--from-line", "30001"});
  CHECK(ran.exit == 0);
  CHECK(ran.err == "2 lines taken, 0 failed\n");
  CHECK(served.first_line() == "POST /admin/import?firstLine=30001 HTTP/1.1");
  std::string body = served.body();
  CHECK(body.find("\"x\"") == std::string::npos);
  CHECK(body.find("{\"tenant\":\"a\"}\n") != std::string::npos);
  CHECK(body.find("{\"tenant\":\"b\"}") != std::string::npos);
  CHECK(run_byok({"import", file, "--from-line", "0"}).exit == 2);
}

TEST_CASE("an answer that breaks off tells how far it came, and what is lost") {
  TempFolder dir;
  const std::string file = dir.write("in", "{\"tenant\":\"a\"}\n{\"tenant\":\"b\"}\n");
  Served served(
      {{"HTTP/1.1 200 OK\r\nX-Byok-Request-Id: r\r\nContent-Length: 999\r\n\r\n"
        "{\"line\":1,\"tenant\":\"a\",\"ok\":true,\"token\":\"byok_1\"}\n{\"line\":2,\"ok",
        true}});
  Ran ran = served.run({"import", file});
  CHECK(ran.exit == 3);
  CHECK(ran.out == "a\tbyok_1\n");
  CHECK(ran.err.find("1 line taken, 0 failed\n") != std::string::npos);
  CHECK(ran.err.find("answered up to line 1: go on with --from-line 2") != std::string::npos);
  CHECK(ran.err.find("lines 2 to 2 were sent and not answered") != std::string::npos);
}

TEST_CASE("an import that is refused before anything was answered says so in one line") {
  Served served({error(403, R"({"error":"FORBIDDEN","message":"ask an operator"})")});
  Ran ran = served.run({"import", "-"}, {}, "{\"tenant\":\"a\"}\n");
  CHECK(ran.exit == 4);
  CHECK(ran.err == "byok: cannot import (FORBIDDEN): ask an operator\n");
}

TEST_CASE("an import that nobody answers tells what was sent, where anything was") {
  const TempFolder folder;
  const std::string file = folder.write("in", "{\"tenant\":\"a\"}\n{\"tenant\":\"b\"}\n");
  Served silent({{"", true}});
  Ran ran = silent.run({"import", file, "--from-line", "2"});
  CAPTURE(ran.err);
  CHECK(ran.exit == 3);
  CHECK(
      ran.err.starts_with("0 lines taken, 0 failed\n"
                          "nothing was answered: run it again as it was\n"
                          "lines 2 to 2 were sent and not answered"));
  ran = run_byok({"--addr", "unix:" + folder / "nobody", "import", file});
  CHECK(ran.exit == 3);
  CHECK(ran.err.find("answered") == std::string::npos);
}

TEST_CASE("an import that is interrupted while it waits for its connection ends with 130") {
  const TempFolder folder;
  FullQueue queue(folder / "s");
  const std::string input = folder / "in";
  REQUIRE(mkfifo(input.c_str(), 0600) == 0);
  const byok::FileDescriptor writing(open(input.c_str(), O_RDWR | O_CLOEXEC));
  REQUIRE(write(writing.get(), "{}\n", 3) == 3);
  // Who reads its input holds signals back already.
  const auto reads = [&] {
    int left = 0;
    return ioctl(writing.get(), FIONREAD, &left) == 0 && left == 0;
  };
  const auto refuse_once_it_stops = [&](const Ran& ran) {
    if (ran.err.find("stopping once") != std::string::npos) queue.close();
  };
  Ran ran = run_byok_in({.until = reads, .signal = SIGINT, .watch = refuse_once_it_stops},
                        {"--addr", "unix:" + folder / "s", "import", input});
  CAPTURE(ran.err);
  CHECK(ran.exit == 130);
  CHECK(ran.err.find("\nbyok: cannot reach byokd") != std::string::npos);
}

TEST_CASE("a terminal shows how far an import is, and the first of very many failures") {
  TempFolder dir;
  std::string lines;
  std::string answers;
  for (int i = 1; i <= 100; ++i) {
    lines += "{\"tenant\":\"T\"}\n";
    answers += "{\"line\":" + std::to_string(i) +
               ",\"ok\":false,\"error\":\"INVALID_TENANT\",\"message\":\"mend it\"}\n";
  }
  const std::string file = dir.write("in", lines);
  Served served({ok(answers, "application/x-ndjson")});
  Ran ran = run_byok_on_terminal({"--addr", served.server.address().str(), "import", file},
                                 "run it again", "");
  CHECK(ran.exit == 1);
  CHECK(ran.out.find("/s") != std::string::npos);
  CHECK(ran.out.find("line 20 (INVALID_TENANT): mend it") != std::string::npos);
  CHECK(ran.out.find("line 21 ") == std::string::npos);
  CHECK(ran.out.find("and 80 more (INVALID_TENANT)") != std::string::npos);
  Served quiet({ok(answers, "application/x-ndjson")});
  ran = run_byok_on_terminal({"--addr", quiet.server.address().str(), "-q", "import", file},
                             "run it again", "");
  CHECK(ran.out.find("\x1b[K") == std::string::npos);
  CHECK(ran.out.find("line 21 ") != std::string::npos);
}

TEST_CASE("a remark takes the bar's place, and does not begin in the middle of it") {
  int ends[2];
  REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
  const byok::FileDescriptor reading(ends[0]);
  const int before = dup(STDERR_FILENO);
  dup2(ends[1], STDERR_FILENO);
  close(ends[1]);
  {
    Progress progress(true);
    progress.show(1, 0.5);
    progress.say("stopping");
  }
  dup2(before, STDERR_FILENO);
  close(before);
  char shown[4096];
  const ssize_t size = read(reading.get(), shown, sizeof shown);
  REQUIRE(size > 0);
  CHECK(std::string(shown, static_cast<std::size_t>(size)).ends_with("\r\x1b[Kstopping\n"));
}

TEST_CASE("a bar is as long as its share, and never nothing where there is something") {
  CHECK(bar(0, 10, false) == "");
  CHECK(bar(0.5, 10, false) == "#####");
  CHECK(bar(1, 10, false) == "##########");
  CHECK(bar(0.001, 10, false) == "#");
  CHECK(bar(7, 4, false) == "####");
  CHECK(bar(std::numeric_limits<double>::quiet_NaN(), 4, false) == "");
  CHECK(columns(bar(1, 10, true)) == 10);
  CHECK(bar(1.0 / 8, 1, true) == "\xe2\x96\x8f");
  CHECK(bar(1.5 / 2, 2, true) == "\xe2\x96\x88\xe2\x96\x8c");
}

TEST_CASE("progress is told in a line that fits, with the time that is left once it can be known") {
  using std::chrono::milliseconds;
  CHECK(progress_line({1200, {}, milliseconds(2000)}, 80, false) == "1200 lines  600/s");
  CHECK(progress_line({1200, 0.5, milliseconds(3000)}, 57, false) ==
        "[##########          ]   50 %  1200 lines  400/s  4s left");
  CHECK(progress_line({1, 0.5, milliseconds(100)}, 80, false).find("left") == std::string::npos);
  CHECK(progress_line({1, 1.0, milliseconds(2000)}, 80, false).find("left") == std::string::npos);
  for (std::size_t width = 0; width < 100; ++width) {
    CHECK(columns(progress_line({123456, 0.3, milliseconds(9000)}, width, true)) <= width);
  }
}

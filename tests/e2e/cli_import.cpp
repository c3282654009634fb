// byok import against a running byokd: what it tells, and how it goes on where it was stopped.
#include <doctest/doctest.h>

#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <filesystem>

#include "tests/e2e/command_line.hpp"

using namespace byok::testing;

TEST_CASE("import tells what it did, what failed and why") {
  CommandLine f;
  const std::string file = (f.world.byokd.folder() / "in.ndjson").string();
  write_file(file, R"({"tenant":"a","provider":"openai","apiKey":"sk-proj-0123456789abcdef"})"
                   "\n"
                   R"({"tenant":"b","token":{"name":"app"}})"
                   "\n"
                   R"({"tenant":"c","provider":"openai","apiKey":"short"})"
                   "\n");
  Finished import = f.byok({"import", file});
  CAPTURE(import.err);
  CHECK(import.code == failed);
  CHECK(import.out.find("byok_") != std::string::npos);
  CHECK(import.err.find("3") != std::string::npos);
  CHECK(f.world.dek_version("a", "openai") == 1);
  check_error(f.byok({"import", file + ".missing"}), usage);
}

TEST_CASE("an import that was stopped says how far it is, and goes on from there") {
  struct Case {
    std::string_view name;
    int signal;  // to byok; 0: byokd is killed
    int code;
  };
  for (const Case& c : {Case{"Ctrl-C", SIGINT, 130}, Case{"a dead byokd", 0, unreachable}}) {
    CAPTURE(c.name);
    CommandLine f;
    constexpr int first_part = 300;
    constexpr int all = 500;
    std::vector<std::string> lines;
    for (int i = 1; i <= all; ++i) {
      lines.push_back(R"({"tenant":"t)" + std::to_string(i) + R"(","token":{"name":"app"}})" +
                      "\n");
    }
    const std::string tokens = (f.world.byokd.folder() / "tokens").string();
    Process import({program("byok"), "import", "-", "--tokens-out", tokens}, f.environment);
    for (int i = 0; i < first_part; ++i) import.write_stdin(lines[static_cast<std::size_t>(i)]);
    const auto told = [&] {
      const std::string text = read_file(tokens);
      return std::count(text.begin(), text.end(), '\n');
    };
    REQUIRE(eventually([&] { return std::filesystem::exists(tokens) && told() == first_part; }));
    // Half a line, which is nobody's.
    import.write_stdin(R"({"tenant":"half)");
    if (c.signal != 0) {
      import.signal(c.signal);
    } else {
      f.world.byokd.kill();
    }
    CHECK(import.wait() == c.code);
    CAPTURE(import.err());
    CHECK(import.err().find("300 lines taken, 0 failed") != std::string::npos);
    CHECK(import.err().find("answered up to line 300: go on with --from-line 301") !=
          std::string::npos);
    CHECK(told() == first_part);
    struct stat found;
    REQUIRE(::stat(tokens.c_str(), &found) == 0);
    CHECK((found.st_mode & 07777) == 0600);

    if (c.signal == 0) f.world.byokd.start();
    std::string file;
    for (const std::string& line : lines) file += line;
    Finished rest =
        f.byok({"import", "-", "--from-line", "301", "--tokens-out", tokens}, file + "no json\n");
    CHECK(rest.code == failed);
    CHECK(rest.out == "");
    CHECK(rest.err.find("byok: line 501 (INVALID_JSON)") != std::string::npos);
    CHECK(rest.err.find("200 lines taken, 1 failed") != std::string::npos);
    CHECK(told() == all);
    CHECK(f.world.admin("GET", "/admin/tenants/half").status == 404);
    // The whole again changes nothing, and tells no token twice.
    Finished again = f.byok({"import", "-"}, file);
    check_done(again);
    CHECK(again.out == "");
    CHECK(again.err.find("500 named tokens were there already") != std::string::npos);
  }
}

TEST_CASE("tokens go to no file that others can read, nor to one that cannot be written") {
  CommandLine f;
  const std::string file = (f.world.byokd.folder() / "tokens").string();
  write_file(file, "");
  std::filesystem::permissions(file, std::filesystem::perms{0644});
  const std::string line = R"({"tenant":"a","token":{"name":"app"}})";
  check_error(f.byok({"import", "-", "--tokens-out", file}, line), usage);
  check_error(f.byok({"import", "-", "--tokens-out", file + "/none"}, line), usage);
  CHECK(f.world.admin("GET", "/admin/tenants/a").status == 404);
  Finished lost = f.byok({"import", "-", "--tokens-out", "/dev/full"}, line);
  CHECK(lost.code == failed);
  CHECK(lost.err.find("go on with --from-line 1") != std::string::npos);
}

// byokd gives up what serving does not take: what it has given up shows in /proc, and that it
// serves all the same is shown by every other test, which run in the sandbox too.
#include <doctest/doctest.h>

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/harness/size.hpp"
#include "tests/support/harness/world.hpp"

using namespace byok::testing;
namespace fs = std::filesystem;

namespace {

std::string status_of(pid_t pid, const std::string& name) {
  const std::string status = read_file("/proc/" + std::to_string(pid) + "/status");
  const std::size_t at = status.find("\n" + name + ":");
  if (at == std::string::npos) return "";
  const std::size_t begin = status.find_first_not_of(" \t", at + name.size() + 2);
  return status.substr(begin, status.find('\n', begin) - begin);
}

bool is_root() { return ::geteuid() == 0; }

}  // namespace

TEST_CASE("every thread of byokd is in the sandbox, and the operator may switch it off") {
  {
    World world;
    CHECK(status_of(world.byokd.pid(), "NoNewPrivs") == "1");
    if (!sanitized) {
      CHECK(status_of(world.byokd.pid(), "VmLck") != "0 kB");
      // Older kernels know a part of it.
      const std::string log = world.byokd.log();
      const bool entered = log.find("sandbox.entered") != std::string::npos;
      if (!entered) MESSAGE("in a part of the sandbox only: this kernel has no Landlock");
      CHECK((entered || log.find("sandbox.partial") != std::string::npos));
      int threads = 0;
      const std::string tasks = "/proc/" + std::to_string(world.byokd.pid()) + "/task";
      for (const auto& task : fs::directory_iterator(tasks)) {
        CHECK(read_file(task.path() / "status").find("\nSeccomp:\t2\n") != std::string::npos);
        ++threads;
      }
      CHECK(threads >= 2);
    }
  }
  World open({"sandbox=false"});
  CHECK(status_of(open.byokd.pid(), "Seccomp") == "0");
  CHECK(open.byokd.log().find("sandbox.off") != std::string::npos);
}

TEST_CASE("a database that is a link to another folder is compacted there") {
  World world;
  CHECK(world.byokd.stop() == 0);
  const fs::path elsewhere = world.byokd.folder() / "elsewhere";
  fs::create_directory(elsewhere);
  fs::rename(world.byokd.database(), elsewhere / "real.mdb");
  fs::create_symlink(elsewhere / "real.mdb", world.byokd.database());
  world.byokd.start();
  Response done = world.admin("POST", "/admin/compact");
  CAPTURE(done.body);
  CHECK(done.status == 200);
  CHECK(fs::is_symlink(world.byokd.database()));
}

TEST_CASE("whoever is not root is told that byokd did not become another user") {
  if (!is_root()) MESSAGE("skipped: becoming another user");
}

TEST_CASE("root's byokd becomes the user that is set, for good" * doctest::skip(!is_root())) {
  const passwd& nobody = *::getpwnam("nobody");
  TempFolder folder;
  REQUIRE(::chmod(folder.path().c_str(), 0755) == 0);
  const fs::path state = folder / "state", socket = folder / "run/byokd.sock";
  const std::string root_key = folder / "root.key";
  const std::vector<std::string> settings{"-o", "user=nobody",
                                          "-o", "state_dir=" + state.string(),
                                          "-o", "root_key=file:" + root_key,
                                          "-o", R"(listen=["unix:)" + socket.string() + "\"]"};
  const auto command = [&](std::vector<std::string> more) {
    std::vector<std::string> all{program("byokd")};
    all.insert(all.end(), settings.begin(), settings.end());
    all.insert(all.end(), more.begin(), more.end());
    return all;
  };
  const Environment environment = clean_environment(folder.path().string());

  // The key is made by root, where the user may not write, and is the user's.
  CHECK(run(command({"--generate-root-key"}), environment).code == 0);
  struct stat found {};
  REQUIRE(::stat(root_key.c_str(), &found) == 0);
  CHECK(found.st_uid == nobody.pw_uid);
  CHECK((found.st_mode & 07777) == 0600);

  Process byokd(command({}), environment);
  REQUIRE(byokd.wait_for_line("byokd: listening on unix:").has_value());
  const std::string uid = std::to_string(nobody.pw_uid);
  CHECK(status_of(byokd.pid(), "Uid") == uid + "\t" + uid + "\t" + uid + "\t" + uid);
  for (const char* set : {"CapPrm", "CapEff", "CapInh", "CapAmb"}) {
    CHECK(status_of(byokd.pid(), set) == "0000000000000000");
  }
  for (const fs::path& path : {state, state / "data.mdb", state / "audit.log", socket}) {
    CAPTURE(path);
    REQUIRE(::stat(path.c_str(), &found) == 0);
    CHECK(found.st_uid == nobody.pw_uid);
  }
  CHECK(call({0, socket}, {.target = "/health"}).status == 200);
}

TEST_CASE("a user that cannot be is told, and nothing is made") {
  TempFolder folder;
  const fs::path state = folder / "state";
  const Finished refused =
      run({program("byokd"), "-o", "user=nobody-of-this-name", "-o", "state_dir=" + state.string(),
           "-o", "root_key=file:" + std::string(folder / "root.key")},
          clean_environment(folder.path().string()));
  CHECK(refused.code == 1);
  CHECK(refused.err.find("cannot become the user 'nobody-of-this-name': there is none") !=
        std::string::npos);
  CHECK(fs::is_empty(folder.path()));
}

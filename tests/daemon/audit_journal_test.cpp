// The order of writes between the audit log and the database, and what a crash or a failing disk
// leaves between any two of them.
#include "daemon/audit_journal.hpp"

#include <doctest/doctest.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>

#include "tests/audit/support.hpp"
#include "tests/store/fixture.hpp"

namespace {

// Told of each sync before it is done; false: it fails. None: nobody asks.
std::function<bool(const std::string& file)> on_sync;
// Told of each write to a file called audit.log; how many of its bytes are written before the
// process is gone, if it is to be.
std::function<std::optional<std::size_t>(std::string_view bytes)> on_audit_write;

std::string name_of(int fd) {
  std::error_code failed;
  const std::filesystem::path link = "/proc/self/fd/" + std::to_string(fd);
  return std::filesystem::read_symlink(link, failed).filename().string();
}

}  // namespace

// In place of the C library's, for this program and the libraries in it.
extern "C" int fdatasync(int fd) {
  if (on_sync && !on_sync(name_of(fd))) {
    errno = EIO;
    return -1;
  }
  return static_cast<int>(::syscall(SYS_fdatasync, fd));
}

extern "C" ssize_t write(int fd, const void* bytes, std::size_t size) {
  if (on_audit_write && name_of(fd) == "audit.log") {
    if (auto part = on_audit_write({static_cast<const char*>(bytes), size})) {
      ::syscall(SYS_write, fd, bytes, std::min(*part, size));
      ::raise(SIGKILL);
    }
  }
  return ::syscall(SYS_write, fd, bytes, size);
}

namespace byok::daemon {
namespace {

using audit::Head;
using audit::Record;
using audit::tests::key;
using audit::tests::record;
using store::WriteTxn;
using store::tests::tenant;

Head stored_head(store::Environment& environment) {
  store::Reader reader(environment);
  const store::ReadTxn txn = reader.begin();
  auto bytes = txn.meta(audit_head_name);
  return bytes ? audit::decode_head(*bytes).value() : Head();
}

// A database with its audit log, in a folder that outlives it.
struct Store {
  explicit Store(const testing::TempFolder& folder)
      : environment(store::tests::open_environment(folder / "data.mdb")),
        known(stored_head(*environment)),
        trail(folder / "audit.log", key, known),
        journal(trail),
        writer(*environment, &journal) {}

  Result<void> make_tenant(const char* id) {
    return store::tests::write(writer, [this, id](WriteTxn& txn) -> Result<void> {
      txn.edit(tenant(id)).put_record("record");
      trail.intend(record(Record::Kind::change, "tenant.created", id));
      return {};
    });
  }
  bool has(const char* id) {
    store::Reader reader(*environment);
    return reader.begin().tenant(tenant(id)).record().has_value();
  }

  std::unique_ptr<store::Environment> environment;
  Head known;  // as the database had it
  audit::Trail trail;
  AuditJournal journal;
  store::Writer writer;
};

struct StopAsking {
  ~StopAsking() {
    on_sync = nullptr;
    on_audit_write = nullptr;
  }
};

std::size_t count(const std::vector<std::string>& lines, std::string_view part) {
  std::size_t found = 0;
  for (const std::string& line : lines) found += line.find(part) != line.npos;
  return found;
}

TEST_CASE("the line is synced before the database is, and the outcome is written after") {
  testing::TempFolder folder;
  const std::filesystem::path file = folder / "audit.log";
  Store store(folder);
  StopAsking stop_asking;
  std::vector<std::string> order;
  on_sync = [&](const std::string& name) {
    const auto lines = audit::tests::lines_of(file);
    order.push_back(name + " " + std::to_string(count(lines, R"("result":"begun")")) + " begun " +
                    std::to_string(count(lines, R"("event":"outcome")")) + " done");
    return true;
  };
  REQUIRE(store.make_tenant("acme").has_value());
  on_sync = nullptr;
  CHECK(order == std::vector<std::string>{"audit.log 1 begun 0 done", "data.mdb 1 begun 0 done"});
  const auto lines = audit::tests::lines_of(file);
  REQUIRE(lines.size() == 2);
  CHECK(count({lines[1]}, R"("first":1,"last":1,"result":"done")") == 1);
  CHECK(stored_head(*store.environment) == audit::peek(lines[0]));
}

TEST_CASE("where the log cannot be synced nothing is kept, and nothing is left in the log") {
  testing::TempFolder folder;
  const std::filesystem::path file = folder / "audit.log";
  Store store(folder);
  StopAsking stop_asking;
  REQUIRE(store.make_tenant("acme").has_value());
  const Head before = stored_head(*store.environment);

  bool database_synced = false;
  on_sync = [&](const std::string& name) {
    database_synced = database_synced || name == "data.mdb";
    return name != "audit.log";
  };
  const Result<void> refused = store.make_tenant("beta");
  on_sync = nullptr;
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == Errc::audit_unavailable);
  CHECK_FALSE(database_synced);
  CHECK_FALSE(store.has("beta"));
  CHECK(stored_head(*store.environment) == before);
  CHECK(count(audit::tests::lines_of(file), "beta") == 0);

  CHECK(store.make_tenant("beta").has_value());
  CHECK(audit::tests::verify(file, store.trail.head()).problems.empty());
}

TEST_CASE("where the database cannot be synced the log says that it failed") {
  testing::TempFolder folder;
  const std::filesystem::path file = folder / "audit.log";
  Store store(folder);
  StopAsking stop_asking;
  on_sync = [&](const std::string& name) { return name != "data.mdb"; };
  CHECK_FALSE(store.make_tenant("acme").has_value());
  on_sync = nullptr;
  const auto lines = audit::tests::lines_of(file);
  REQUIRE(lines.size() == 2);
  CHECK(count({lines[1]}, R"("first":1,"last":1,"result":"failed")") == 1);
  CHECK_FALSE(store.has("acme"));
  CHECK(store.make_tenant("acme").has_value());
  CHECK(audit::tests::verify(file, store.trail.head()).problems.empty());
}

TEST_CASE("facts reach log and database, and are no change of their own") {
  testing::TempFolder folder;
  Store store(folder);
  std::promise<Result<void>> done;
  submit_facts(store.writer, store.trail, {record(Record::Kind::fact, "what.happened")},
               [&](Result<void> outcome) { done.set_value(std::move(outcome)); });
  CHECK(done.get_future().get().has_value());
  const auto lines = audit::tests::lines_of(folder / "audit.log");
  REQUIRE(lines.size() == 1);
  CHECK(stored_head(*store.environment) == audit::peek(lines[0]));
}

// Runs `work` in a process of its own, which has to die of SIGKILL.
void in_a_process_that_is_killed(const std::function<void()>& work) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    work();
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
  REQUIRE(WTERMSIG(status) == SIGKILL);
}

TEST_CASE("killed at any step of a change, log and database agree on whether it was made") {
  struct Case {
    std::string_view name;
    std::function<void()> arm;
    bool made;
    std::size_t begun;     // lines of the second change
    std::size_t outcomes;  // of both
  };
  const auto kill_at_sync_of = [](const char* file) {
    return [file] {
      on_sync = [file](const std::string& name) {
        if (name == file) ::raise(SIGKILL);
        return true;
      };
    };
  };
  const auto kill_within = [](const char* event, bool half) {
    return [event, half] {
      on_audit_write = [event, half](std::string_view bytes) -> std::optional<std::size_t> {
        if (bytes.find(event) == bytes.npos) return std::nullopt;
        return half ? bytes.size() / 2 : 0;
      };
    };
  };
  const Case cases[] = {
      {"before its line", kill_within("tenant.created", false), false, 0, 1},
      {"within its line", kill_within("tenant.created", true), false, 0, 1},
      {"before its line's sync", kill_at_sync_of("audit.log"), false, 1, 1},
      {"between its line and the commit", kill_at_sync_of("data.mdb"), false, 1, 1},
      {"between the commit and the outcome", kill_within("outcome", false), true, 1, 1},
      {"within the outcome", kill_within("outcome", true), true, 1, 1},
  };
  for (const Case& each : cases) {
    CAPTURE(each.name);
    testing::TempFolder folder;
    const std::filesystem::path file = folder / "audit.log";
    in_a_process_that_is_killed([&] {
      Store store(folder);
      if (!store.make_tenant("acme")) return;
      each.arm();
      (void)store.make_tenant("beta");
    });
    Store store(folder);
    CHECK(store.has("acme"));
    CHECK(store.has("beta") == each.made);
    const auto lines = audit::tests::lines_of(file);
    CHECK(count(lines, R"("about":"beta")") == each.begun);
    CHECK(count(lines, R"("event":"outcome")") == each.outcomes);
    // The database's line is what tells: that of the newest change that was kept.
    const Head begun = *audit::peek(lines[each.made ? 2 : 0]);
    CHECK(store.known == begun);
    CHECK(audit::tests::verify(file, store.trail.head()).problems.empty());
    CHECK(store.make_tenant("gamma").has_value());
    CHECK(audit::tests::verify(file, store.trail.head()).problems.empty());
  }
}

}  // namespace
}  // namespace byok::daemon

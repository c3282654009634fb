// byok backup and byok restore: the database in a file, and back.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <boost/json/array.hpp>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "cli/client.hpp"
#include "cli/commands/commands.hpp"
#include "cli/descriptor_io.hpp"
#include "cli/files.hpp"
#include "cli/json.hpp"
#include "cli/json_output.hpp"
#include "cli/offline.hpp"
#include "cli/output.hpp"
#include "cli/signals.hpp"
#include "cli/values.hpp"
#include "common/file_descriptor.hpp"
#include "common/help_page.hpp"
#include "common/new_name.hpp"

namespace byok::cli {
namespace {

struct Options {
  std::string file;
  OfflineOptions offline;
};

Failure cannot_write(const std::string& file) {
  return {Exit::failed, fmt::format("cannot write {}: {}", file, std::strerror(errno))};
}

// A file under another name until it is whole.
class Part {
 public:
  static Outcome<Part> make(const std::string& file) {
    if (is_there(file)) {
      return usage_error(fmt::format("{} is there already: give another name", file));
    }
    std::string name = file + ".part-XXXXXX";
    FileDescriptor fd(::mkostemp(name.data(), O_CLOEXEC));
    if (!fd) return cannot_write(file);
    return Part(file, std::move(name), std::move(fd));
  }
  Part(Part&& other) noexcept
      : file_(std::move(other.file_)),
        name_(std::exchange(other.name_, {})),
        fd_(std::move(other.fd_)) {}
  Part& operator=(Part&&) = delete;
  ~Part() {
    if (!name_.empty()) ::unlink(name_.c_str());
  }

  int fd() const { return fd_.get(); }
  // Gives it its name, unless somebody else has taken that meanwhile.
  Outcome<void> finish() {
    if (::fsync(fd_.get()) != 0 || !give_new_name(name_, file_)) return cannot_write(file_);
    name_.clear();
    if (!sync_folder_of(file_)) return cannot_write(file_);
    return {};
  }

 private:
  Part(std::string file, std::string name, FileDescriptor fd)
      : file_(std::move(file)), name_(std::move(name)), fd_(std::move(fd)) {}
  std::string file_;
  std::string name_;
  FileDescriptor fd_;
};

// Ends a download whose bytes have nowhere to go.
struct NoRoom {};

Outcome<std::uint64_t> download(const Context& context, int fd, const std::string& file,
                                int interrupt_fd) {
  auto client = Client::open(context);
  if (!client) return client.error();
  client->wait_for_long();
  client->interrupt_by(interrupt_fd);
  std::uint64_t size = 0;
  try {
    auto received =
        client->download({"GET", "/admin/backup", "take a backup"}, [&](std::string_view bytes) {
          if (!write_all(fd, bytes)) throw NoRoom();
          size += bytes.size();
        });
    if (!received) return received.error();
  } catch (const NoRoom&) {
    return cannot_write(file);
  }
  return size;
}

Outcome<void> back_up(const Options& options, const Context& context) {
  if (options.file == "-") {
    if (::isatty(STDOUT_FILENO)) {
      return usage_error("a backup is nothing for a terminal: name a file, or redirect it");
    }
    // Nothing is to be cleaned up: a signal ends it, even where nobody reads.
    auto size = download(context, STDOUT_FILENO, "standard output", -1);
    if (!size) return size.error();
    return {};
  }
  // They outlive the part, so that none has its effect before that is gone.
  HeldSignals signals({SIGINT, SIGTERM, SIGHUP});
  auto part = Part::make(options.file);
  if (!part) return part.error();
  auto size = download(context, part->fd(), options.file, signals.fd());
  if (!size) return size.error();
  if (auto finished = part->finish(); !finished) return finished;
  context.note(fmt::format("{} written to {}: keep the root key elsewhere", human_bytes(*size),
                           options.file));
  return {};
}

Outcome<void> restore(const Options& options, const Context& context) {
  // byokd runs as the same user, in the same folder.
  if (::access(options.file.c_str(), R_OK) != 0) {
    return usage_error(fmt::format("cannot read {}: {}: name a file that `byok backup` wrote",
                                   options.file, std::strerror(errno)));
  }
  auto finding = ask_byokd(options.offline, {"--restore", options.file});
  if (!finding) return finding.error();
  if (context.json) {
    print_json(finding->text);
    return {};
  }
  const auto& json = finding->json;
  context.note(fmt::format("restored what was backed up at {}: {}, {}, {}", text_at(json, "madeAt"),
                           counted(number_at(json, "tenants"), "tenant"),
                           counted(number_at(json, "keys"), "key"),
                           counted(number_at(json, "tokens"), "token")));
  if (text_at(json, "replaced") != "-") {
    context.note(fmt::format("the database before is {} now", text_at(json, "replaced")));
  }
  for (const auto& log : list_at(json, "foreignLog")) {
    context.note(fmt::format("an audit log that is not this database's is {} now", text_of(log)));
  }
  if (const auto from = number_at(json, "auditFrom"); from > 1) {
    context.note(fmt::format(
        "the audit log begins with line {0} here: prove it with `byok audit verify --from {0}`",
        from));
  }
  if (number_at(json, "problemCount") > 0) {
    context.warn(fmt::format("{} cannot be opened: run `byok doctor`",
                             counted(number_at(json, "problemCount"), "record")));
  }
  return {};
}

}  // namespace

void add_backup(CLI::App& app, Context& context, const char* group) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("backup", "Write all that the database holds to a file, while it serves");
  command->group(group);
  command->add_option("FILE", options->file, "A new file; - for standard output")
      ->check(not_empty())
      ->type_name(type_names::file)
      ->required();
  add_examples(
      command,
      {{"byok backup /backups/byok-$(date +%F)", ""},
       {"byok backup - | ssh vault 'cat >byok-backup'", ""}},
      "It holds keys as the database does, encrypted, and no root key: keep that elsewhere.");
  when_chosen(command, context, options, back_up);
}

void add_restore(CLI::App& app, Context& context, const char* group) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("restore", "Put a backup in the place of a stopped byokd's database");
  command->group(group);
  command->add_option("FILE", options->file, "What byok backup wrote")
      ->check(not_empty())
      ->type_name(type_names::file)
      ->required();
  add_offline_options(command, options->offline);
  add_examples(
      command,
      {{"byok restore /backups/byok-2026-11-26", ""},
       {"byok restore --system /backups/byok-2026-11-26", "of the system's byokd"}},
      "Run it as byokd's own user. Every byte is proved before anything is replaced, and the "
      "database before is kept under another name.");
  when_chosen(command, context, options, restore);
}

}  // namespace byok::cli

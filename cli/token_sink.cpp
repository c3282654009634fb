#include "cli/token_sink.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <system_error>

#include "cli/descriptor_io.hpp"

namespace byok::cli {
namespace {

constexpr std::chrono::seconds between_syncs{1};

void append(WipingBuffer& out, std::string_view text) {
  out.insert(out.end(), text.begin(), text.end());
}

Failure cannot_write(const std::string& path) {
  return usage_error(fmt::format("cannot write {}: {}: name a file that you may write", path,
                                 std::strerror(errno)));
}

std::optional<Failure> refuse_careless(const std::string& path, const struct stat& found) {
  // A pipe or a device has no rights that matter.
  if (!S_ISREG(found.st_mode)) return std::nullopt;
  if (found.st_uid != geteuid()) {
    return usage_error(fmt::format(
        "{} belongs to another user, who could read the tokens in it: name a file of your own",
        path));
  }
  if ((found.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return usage_error(
        fmt::format("others can read {}, where tokens are to be written: take their right with "
                    "`chmod 600`, or name another file",
                    path));
  }
  return std::nullopt;
}

// Whether a line was begun there and not ended; nothing, with errno, where it cannot be read.
std::optional<bool> last_line_is_open(const std::string& path, off_t size) {
  if (size == 0) return false;
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  char last = 0;
  if (!file || pread(file.get(), &last, 1, size - 1) < 0) return std::nullopt;
  return last != '\n';
}

}  // namespace

TokenSink::TokenSink(FileDescriptor file) : file_(std::move(file)) {
  struct stat found {};
  regular_ = fstat(fd(), &found) == 0 && S_ISREG(found.st_mode);
  written_.size = synced_.size = found.st_size;
}

int TokenSink::fd() const { return file_ ? file_.get() : STDOUT_FILENO; }

Outcome<TokenSink> TokenSink::open(const std::string& path) {
  if (path.empty()) return TokenSink(FileDescriptor());
  constexpr int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY;
  FileDescriptor file(::open(path.c_str(), flags, S_IRUSR | S_IWUSR));
  struct stat found {};
  if (!file || fstat(file.get(), &found) != 0) return cannot_write(path);
  if (auto refusal = refuse_careless(path, found)) return *refusal;
  TokenSink sink(std::move(file));
  if (sink.regular_) {
    const auto open = last_line_is_open(path, found.st_size);
    if (!open) return cannot_write(path);
    sink.line_is_open_ = *open;
  }
  return sink;
}

void TokenSink::add(std::string_view tenant, std::string_view token) {
  if (std::exchange(line_is_open_, false)) append(lines_, "\n");
  append(lines_, tenant);
  append(lines_, "\t");
  append(lines_, token);
  append(lines_, "\n");
}

void TokenSink::flush(std::uint64_t line) {
  std::string_view rest(lines_.data(), lines_.size());
  const off_t before = written_.size;
  while (!rest.empty()) {
    const ssize_t size = write_some(fd(), rest);
    if (size < 0) fall_back_to({written_.line, before});
    rest.remove_prefix(static_cast<std::size_t>(size));
    written_.size += size;
  }
  lines_.clear();
  written_.line = line;
  if (std::chrono::steady_clock::now() - synced_at_ >= between_syncs) sync();
}

void TokenSink::sync() {
  synced_at_ = std::chrono::steady_clock::now();
  // A pipe has nothing to sync.
  if (file_ && fdatasync(file_.get()) != 0 && errno != EINVAL && errno != EROFS) {
    fall_back_to(synced_);
  }
  synced_ = written_;
}

void TokenSink::fall_back_to(const Place& place) {
  const int failure = errno;
  struct stat found {};
  // Of another size, somebody else wrote there too. Where it cannot be cut, the end of its last
  // line is missing, and add() makes up for that the next time.
  if (regular_ && fstat(fd(), &found) == 0 && found.st_size == written_.size) {
    [[maybe_unused]] const int cut = ftruncate(fd(), place.size);
  }
  lines_.clear();
  written_ = place;
  throw std::system_error(failure, std::generic_category(), "cannot write the tokens");
}

}  // namespace byok::cli

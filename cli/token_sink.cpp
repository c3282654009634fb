#include "cli/token_sink.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace byok::cli {
namespace {

constexpr std::chrono::seconds between_syncs{1};

void append(WipingBuffer& out, std::string_view text) {
  out.insert(out.end(), text.begin(), text.end());
}

}  // namespace

Outcome<TokenSink> TokenSink::open(const std::string& path) {
  if (path.empty()) return TokenSink(FileDescriptor());
  constexpr int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY;
  FileDescriptor file(::open(path.c_str(), flags, S_IRUSR | S_IWUSR));
  struct stat found {};
  if (!file || fstat(file.get(), &found) != 0) {
    return usage_error(fmt::format("cannot write {}: {}", path, std::strerror(errno)));
  }
  if (S_ISREG(found.st_mode) && (found.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return usage_error(
        fmt::format("others can read {}, where tokens are to be written: take their right with "
                    "`chmod 600`, or name another file",
                    path));
  }
  return TokenSink(std::move(file));
}

void TokenSink::add(std::string_view tenant, std::string_view token) {
  append(lines_, tenant);
  append(lines_, "\t");
  append(lines_, token);
  append(lines_, "\n");
}

void TokenSink::flush() {
  std::string_view rest(lines_.data(), lines_.size());
  if (rest.empty()) return;
  while (!rest.empty()) {
    const ssize_t size = write(file_ ? file_.get() : STDOUT_FILENO, rest.data(), rest.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) {
      throw std::system_error(errno, std::generic_category(), "cannot write the tokens");
    }
    rest.remove_prefix(static_cast<std::size_t>(size));
  }
  lines_.clear();
  if (std::chrono::steady_clock::now() - synced_at_ >= between_syncs) sync();
}

void TokenSink::sync() {
  synced_at_ = std::chrono::steady_clock::now();
  // A pipe has nothing to sync.
  if (file_ && fdatasync(file_.get()) != 0 && errno != EINVAL && errno != EROFS) {
    throw std::system_error(errno, std::generic_category(), "cannot write the tokens");
  }
}

}  // namespace byok::cli

#include "cli/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "cli/descriptor_io.hpp"
#include "cli/text.hpp"

namespace byok::cli {
namespace {

constexpr std::size_t max_secret = 64 * 1024;
constexpr std::size_t max_stdin = 32 * 1024 * 1024;

Secret trimmed_secret(const WipingBuffer& bytes) {
  return Secret(trimmed({bytes.data(), bytes.size()}));
}

Failure cannot_read(std::string_view what, std::string_view reason) {
  return usage_error(fmt::format("cannot read {}: {}", what, reason));
}

Failure cannot_open(std::string_view what) {
  return cannot_read(what, fmt::format("{}: name a file that is there and that you may read",
                                       std::strerror(errno)));
}

}  // namespace

Outcome<SecretFile> read_secret_file(const std::string& path, std::string_view what) {
  FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  struct stat status {};
  if (!file || fstat(file.get(), &status) != 0) return cannot_open(what);

  WipingBuffer bytes(max_secret + 1);
  std::size_t size = 0;
  for (ssize_t got = 1; got > 0 && size < bytes.size(); size += static_cast<std::size_t>(got)) {
    got = read_some(file.get(), bytes.data() + size, bytes.size() - size);
    if (got < 0) return cannot_read(what, std::strerror(errno));
  }
  if (size > max_secret) return cannot_read(what, "it is too long to be one");
  bytes.resize(size);
  // Pipes, as shells give them for <(command), have no rights that matter.
  bool open_to_others = S_ISREG(status.st_mode) && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0;
  return SecretFile{trimmed_secret(bytes), open_to_others};
}

Outcome<Secret> read_secret_line() {
  WipingBuffer bytes;
  char c = 0;
  WipeOnExit wiped(&c, 1);
  for (;;) {
    ssize_t got = read_some(STDIN_FILENO, &c, 1);
    if (got < 0) return cannot_read("standard input", std::strerror(errno));
    if (got == 0 || c == '\n') return trimmed_secret(bytes);
    if (bytes.size() == max_secret) return cannot_read("standard input", "its line is too long");
    bytes.push_back(c);
  }
}

Outcome<std::string> read_all(int fd, std::string_view what, std::size_t most) {
  std::string text;
  for (;;) {
    std::size_t size = text.size();
    text.resize(size + 64 * 1024);
    ssize_t got = read_some(fd, text.data() + size, text.size() - size);
    text.resize(size + (got > 0 ? static_cast<std::size_t>(got) : 0));
    if (got == 0) return text;
    if (got < 0) return cannot_read(what, std::strerror(errno));
    if (text.size() > most) {
      return cannot_read(
          what, fmt::format("it is longer than {} MiB: send less at once", most / 1024 / 1024));
    }
  }
}

Outcome<std::string> read_stdin() {
  if (fcntl(STDIN_FILENO, F_GETFD) < 0) return std::string();
  return read_all(STDIN_FILENO, "standard input", max_stdin);
}

Outcome<FileDescriptor> open_input(const std::string& path) {
  FileDescriptor file(path == "-" ? dup(STDIN_FILENO) : open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (!file || fstat(file.get(), &status) != 0) return cannot_open(path);
  if (S_ISDIR(status.st_mode)) return cannot_read(path, "it is a folder: name a file in it");
  return file;
}

Outcome<FileDescriptor> open_regular(const std::string& path) {
  // O_NONBLOCK: a pipe is refused below instead of being waited for.
  FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  struct stat status {};
  if (!file || fstat(file.get(), &status) != 0) return cannot_open(path);
  if (S_ISDIR(status.st_mode)) return cannot_read(path, "it is a folder: name a file in it");
  if (!S_ISREG(status.st_mode)) {
    return cannot_read(path, "it is no regular file: copy what it holds to one");
  }
  return file;
}

bool is_there(const std::string& path) {
  struct stat status {};
  return lstat(path.c_str(), &status) == 0;
}

}  // namespace byok::cli

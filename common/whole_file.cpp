#include "common/whole_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "common/file_descriptor.hpp"

namespace byok {
namespace {

Error cannot(std::string_view what, const std::filesystem::path& file, std::string_view mend) {
  const int error = errno;
  return {error == ENOENT ? Errc::not_found : Errc::bad_request,
          fmt::format("cannot {} {} ({}): {}", what, file.native(), std::strerror(error), mend)};
}

}  // namespace

Result<WholeFile> read_whole_file(const std::filesystem::path& file) {
  // O_NONBLOCK: a pipe by that name is refused below instead of being waited for.
  const FileDescriptor opened(::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  WholeFile whole{};
  if (!opened || ::fstat(opened.get(), &whole.status) != 0) {
    return cannot("open", file,
                  errno == EACCES ? "let the user who runs this read it, and pass its folders"
                                  : "name the file there");
  }
  if (!S_ISREG(whole.status.st_mode)) {
    return Error{Errc::bad_request,
                 fmt::format("{} is not a file: name the file itself", file.native())};
  }
  whole.content.resize(longest_whole_file + 1);
  std::size_t size = 0;
  while (size < whole.content.size()) {
    const ssize_t got =
        ::read(opened.get(), whole.content.data() + size, whole.content.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot("read", file, "look at its disk");
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > longest_whole_file) {
    return Error{Errc::bad_request,
                 fmt::format("{} is too large, with more than {} MiB: name another", file.native(),
                             longest_whole_file >> 20)};
  }
  whole.content.resize(size);
  return whole;
}

}  // namespace byok

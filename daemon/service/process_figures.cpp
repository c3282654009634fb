#include "daemon/service/process_figures.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <charconv>
#include <memory>
#include <mutex>
#include <string_view>

namespace byok::service {
namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

struct CloseFolder {
  void operator()(DIR* folder) const { closedir(folder); }
};

}  // namespace

ProcessFigures::ProcessFigures()
    : memory_(::open("/proc/self/statm", O_RDONLY | O_CLOEXEC)),
      files_(::open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) most_open_files_ = limit.rlim_cur;
}

// Total size and resident pages come first (proc(5)).
std::optional<ProcessFigures::Memory> ProcessFigures::memory() const {
  char text[128];
  const ssize_t size = memory_ ? ::pread(memory_.get(), text, sizeof text, 0) : -1;
  if (size <= 0) return std::nullopt;
  const char* end = text + size;
  std::uint64_t pages = 0;
  std::uint64_t resident = 0;
  auto [rest, error] = std::from_chars(text, end, pages);
  if (error != std::errc() || rest == end) return std::nullopt;
  if (std::from_chars(rest + 1, end, resident).ec != std::errc()) return std::nullopt;
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  return Memory{resident * page, pages * page};
}

std::optional<std::uint64_t> ProcessFigures::open_files() const {
  // The place in the list belongs to the descriptor, which all copies share.
  static std::mutex reading;
  std::lock_guard lock(reading);
  const int copy = files_ ? ::fcntl(files_.get(), F_DUPFD_CLOEXEC, 3) : -1;
  if (copy < 0) return std::nullopt;
  std::unique_ptr<DIR, CloseFolder> folder(fdopendir(copy));
  if (!folder) {
    ::close(copy);
    return std::nullopt;
  }
  rewinddir(folder.get());
  std::uint64_t count = 0;
  while (const dirent* entry = readdir(folder.get())) {
    if (std::string_view(entry->d_name).front() != '.') ++count;
  }
  return count - 1;  // but for the copy
}

double ProcessFigures::cpu_seconds() const {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

}  // namespace byok::service

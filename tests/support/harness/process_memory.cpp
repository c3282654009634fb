#include "tests/support/harness/process_memory.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string_view>

#include "tests/support/wire/stream.hpp"

namespace byok::testing {
namespace {

struct Region {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
  std::string name;
  bool searched = false;
  bool locked = false;
};

// Of the first line that /proc/PID/smaps has on it (proc(5)); nothing where the line is another.
std::optional<Region> parse_region(const std::string& line) {
  Region region;
  char mode[5] = {};
  int name_at = 0;
  if (std::sscanf(line.c_str(), "%lx-%lx %4s %*s %*s %*s %n", &region.begin, &region.end, mode,
                  &name_at) < 3) {
    return std::nullopt;
  }
  region.name = line.substr(static_cast<std::size_t>(name_at));
  const bool kernels = region.name == "[vvar]" || region.name == "[vsyscall]";
  region.searched = mode[0] == 'r' && !kernels && !region.name.ends_with(".mdb");
  return region;
}

std::vector<Region> regions_of(const std::string& process_folder) {
  std::vector<Region> regions;
  std::ifstream smaps(process_folder + "/smaps");
  for (std::string line; std::getline(smaps, line);) {
    if (line.starts_with("VmFlags:") && !regions.empty()) {
      regions.back().locked =
          line.find(" lo") != std::string::npos && line.find(" dd") != std::string::npos;
    } else if (auto region = parse_region(line)) {
      regions.push_back(*region);
    }
  }
  if (regions.empty()) throw std::runtime_error("cannot read " + process_folder + "/smaps");
  return regions;
}

}  // namespace

MemorySearch search_memory(pid_t pid, const SecretSearch& search) {
  const std::string folder = "/proc/" + std::to_string(pid);
  Fd memory(::open((folder + "/mem").c_str(), O_RDONLY | O_CLOEXEC));
  if (!memory) throw std::runtime_error("cannot read " + folder + "/mem");
  MemorySearch out;
  std::string block;
  for (const Region& region : regions_of(folder)) {
    if (!region.searched) continue;
    block.resize(region.end - region.begin);
    std::size_t size = 0;
    while (size < block.size()) {
      const ssize_t got = ::pread(memory.get(), block.data() + size, block.size() - size,
                                  static_cast<off_t>(region.begin + size));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) break;  // given back since it was listed
      size += static_cast<std::size_t>(got);
    }
    out.bytes += size;
    for (const SecretSearch::Hit& hit : search.find({block.data(), size}, 1000)) {
      out.hits.push_back({hit.name, region.name, region.locked, region.begin + hit.at});
    }
  }
  return out;
}

}  // namespace byok::testing

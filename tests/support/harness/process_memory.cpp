#include "tests/support/harness/process_memory.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <string_view>

#include "tests/support/wire/stream.hpp"

namespace byok::testing {
namespace {

struct Region {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
  std::string name;
};

// A line of /proc/PID/maps (proc(5)); empty where it is not to be read.
Region parse_region(const std::string& line) {
  Region region;
  char mode[5] = {};
  int name_at = 0;
  if (std::sscanf(line.c_str(), "%lx-%lx %4s %*s %*s %*s %n", &region.begin, &region.end, mode,
                  &name_at) < 3) {
    throw std::runtime_error("cannot read /proc/PID/maps");
  }
  region.name = line.substr(static_cast<std::size_t>(name_at));
  const bool kernels = region.name == "[vvar]" || region.name == "[vsyscall]";
  if (mode[0] != 'r' || kernels || region.name.ends_with(".mdb")) return {};
  return region;
}

}  // namespace

MemorySearch search_memory(pid_t pid, const SecretSearch& search) {
  const std::string folder = "/proc/" + std::to_string(pid);
  Fd memory(::open((folder + "/mem").c_str(), O_RDONLY | O_CLOEXEC));
  if (!memory) throw std::runtime_error("cannot read " + folder + "/mem");
  std::ifstream maps(folder + "/maps");
  MemorySearch out;
  std::string block;
  for (std::string line; std::getline(maps, line);) {
    const Region region = parse_region(line);
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
      out.hits.push_back({hit.name, region.name, region.begin + hit.at});
    }
  }
  return out;
}

}  // namespace byok::testing

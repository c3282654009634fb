// Any file in the database's place, as it is looked at before LMDB maps it: what is let through is
// at least as long as either of its meta pages that LMDB could go by says, so that no map reaches
// beyond it. The first byte picks how many pages of zeros follow.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "daemon/store/data_file.hpp"
#include "tests/fuzz/support.hpp"

using namespace byok;
using fuzz::require;

namespace {

std::uint64_t field(std::string_view file, std::size_t at, std::size_t size) {
  std::uint64_t value = 0;
  // Zeros stand behind the end.
  const std::string_view found = file.substr(std::min(at, file.size()), size);
  std::memcpy(&value, found.data(), found.size());
  return value;
}

void check_present(std::string_view bytes, std::uint64_t file_size) {
  const std::uint64_t page_size = field(bytes, 40, 4);
  require(page_size >= 512 && file_size >= 2 * page_size);
  const std::uint64_t first_transaction = field(bytes, 144, 8);
  const std::uint64_t second_transaction = field(bytes, page_size + 144, 8);
  const std::size_t newest = second_transaction > first_transaction ? page_size : 0;
  const std::uint64_t last_page = field(bytes, newest + 136, 8);
  require(last_page < file_size && (last_page + 1) * page_size <= file_size);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const int fd = ::memfd_create("database", MFD_CLOEXEC);
  static const std::string path = "/proc/self/fd/" + std::to_string(fd);
  if (size < 1) return 0;
  const std::string_view bytes = fuzz::view(data + 1, size - 1);
  const std::uint64_t file_size = bytes.size() + data[0] * std::uint64_t{512};
  require(::ftruncate(fd, 0) == 0);
  require(::pwrite(fd, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
  require(::ftruncate(fd, static_cast<off_t>(file_size)) == 0);
  const auto file = store::examine_data_file(path);
  if (!file) {
    require(!file.error().message().empty());
    return 0;
  }
  require(*file == store::DataFile::present);
  check_present(bytes, file_size);
  return 0;
}

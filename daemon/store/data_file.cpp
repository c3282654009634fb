#include "daemon/store/data_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>

#include "common/file_descriptor.hpp"
#include "daemon/store/store.hpp"

namespace byok::store {
namespace {

// An LMDB meta page (lmdb's mdb.c, MDB_page and MDB_meta, data version 1; 64 bits, the machine's
// byte order). There are two, at the beginnings of the first two pages.
//
//   offset  size
//        0     8  page number
//       10     2  page flags, 0x08: meta
//       16     4  magic
//       20     4  data version
//       24     8  address of a fixed map
//       32     8  map size
//       40     4  page size
//       44    92  the free-page and main databases
//      136     8  last page in use
//      144     8  transaction that wrote this page
constexpr std::size_t meta_size = 152;
constexpr std::uint32_t lmdb_magic = 0xbeefc0de;
constexpr std::uint32_t lmdb_data_version = 1;
constexpr std::uint16_t meta_flag = 0x08;
static_assert(sizeof(void*) == 8, "the layout is that of 64-bit machines");

using MetaPage = std::array<char, meta_size>;

template <class T>
T field(const MetaPage& page, std::size_t offset) {
  T value;
  std::memcpy(&value, page.data() + offset, sizeof value);
  return value;
}

std::uint32_t page_size_of(const MetaPage& page) { return field<std::uint32_t>(page, 40); }
std::uint64_t last_page_of(const MetaPage& page) { return field<std::uint64_t>(page, 136); }
std::uint64_t transaction_of(const MetaPage& page) { return field<std::uint64_t>(page, 144); }

bool is_lmdb(const MetaPage& page) { return field<std::uint32_t>(page, 16) == lmdb_magic; }

bool is_sound(const MetaPage& page) {
  std::uint32_t page_size = page_size_of(page);
  return is_lmdb(page) && (field<std::uint16_t>(page, 10) & meta_flag) != 0 &&
         field<std::uint32_t>(page, 20) == lmdb_data_version && page_size >= 512 &&
         page_size <= 65536 && (page_size & (page_size - 1)) == 0 &&
         last_page_of(page) < (std::uint64_t{1} << 47);
}

// The page at `offset`, zeros behind the file's end.
std::optional<MetaPage> read_meta(int fd, std::uint64_t offset) {
  MetaPage page{};
  if (::pread(fd, page.data(), page.size(), static_cast<off_t>(offset)) < 0) return std::nullopt;
  return page;
}

Error refused(std::string message) { return {Errc::internal, std::move(message)}; }

Error cannot_read(const std::filesystem::path& file) {
  return refused(
      fmt::format("cannot read the database {}: {}", file.native(), std::strerror(errno)));
}

Error not_ours(const std::filesystem::path& file) {
  return refused(fmt::format("{} is not a database of byokd: move it away or set another state_dir",
                             file.native()));
}

Error empty(const std::filesystem::path& file) {
  return refused(fmt::format(
      "the database {} is empty: restore it from a backup, or remove it to begin a new one",
      file.native()));
}

Error cut_short(const std::filesystem::path& file, std::uint64_t size, std::uint64_t needed) {
  return refused(fmt::format(
      "the database {} is cut short: it has {} bytes of at least {}; restore it from a backup",
      file.native(), size, needed));
}

}  // namespace

Result<DataFile> examine_data_file(const std::filesystem::path& file) {
  // O_NONBLOCK: a pipe by that name is refused below instead of being waited for.
  FileDescriptor fd(::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!fd && errno == ENOENT) return DataFile::absent;
  struct stat status;
  if (!fd || ::fstat(fd.get(), &status) != 0) return cannot_read(file);
  if (!S_ISREG(status.st_mode)) return not_ours(file);
  auto size = static_cast<std::uint64_t>(status.st_size);
  // LMDB would make a new database of it; but what is empty now may have held keys.
  if (size == 0) return empty(file);

  std::optional<MetaPage> first = read_meta(fd.get(), 0);
  if (!first) return cannot_read(file);
  if (!is_lmdb(*first)) return not_ours(file);
  if (size < meta_size) return cut_short(file, size, 2 * meta_size);
  if (!is_sound(*first)) return not_ours(file);
  std::uint64_t page_size = page_size_of(*first);
  if (size < 2 * page_size) return cut_short(file, size, 2 * page_size);
  std::optional<MetaPage> second = read_meta(fd.get(), page_size);
  if (!second) return cannot_read(file);
  if (!is_sound(*second) || page_size_of(*second) != page_size) return not_ours(file);

  // As LMDB chooses: the meta page of the later transaction counts.
  const MetaPage& newest = transaction_of(*second) > transaction_of(*first) ? *second : *first;
  std::uint64_t needed = (last_page_of(newest) + 1) * page_size;
  if (size < needed) return cut_short(file, size, needed);
  return DataFile::present;
}

bool on_remote_filesystem(const std::filesystem::path& path) {
  constexpr std::uint32_t lustre = 0x0bd00bd0;
  constexpr std::uint32_t fuse = 0x65735546;  // sshfs, s3fs and kin; nothing tells local ones apart
  constexpr std::uint32_t remote[] = {NFS_SUPER_MAGIC,
                                      SMB_SUPER_MAGIC,
                                      SMB2_SUPER_MAGIC,
                                      CIFS_SUPER_MAGIC,
                                      V9FS_MAGIC,
                                      CEPH_SUPER_MAGIC,
                                      AFS_SUPER_MAGIC,
                                      AFS_FS_MAGIC,
                                      CODA_SUPER_MAGIC,
                                      OCFS2_SUPER_MAGIC,
                                      NCP_SUPER_MAGIC,
                                      lustre,
                                      fuse};
  struct statfs status;
  if (::statfs(path.c_str(), &status) != 0) return false;
  auto type = static_cast<std::uint32_t>(status.f_type);
  return std::find(std::begin(remote), std::end(remote), type) != std::end(remote);
}

}  // namespace byok::store

// The file that the audit log grows in.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "common/error.hpp"
#include "common/file_descriptor.hpp"

namespace byok::audit {

// Every failure is Errc::audit_unavailable with a sentence for the operator.
class File {
 public:
  // What is kept free behind the end, in bytes, for what frees space itself.
  static constexpr std::uint64_t reserve = std::uint64_t{1} << 20;

  enum class Space { ordinary, with_reserve };

  // Opens `path` to append, or makes it (mode 0600, its folder synced). A symbolic link is refused,
  // a pipe, and a file that another process has open like this. Its reserve is still to be kept.
  static Result<File> open(const std::filesystem::path& path);

  // All of `bytes`, or nothing. Ordinary bytes leave the reserve alone, where the file system can
  // keep one. Fails where somebody else has changed the file's length.
  Result<void> append(std::string_view bytes, Space space);
  // On the disk once it returns.
  Result<void> sync();
  // Drops what stands behind `size`. Where that fails, nothing is appended until it succeeds.
  Result<void> cut(std::uint64_t size);
  // Takes the reserve from the disk; for a file that is known to be an audit log.
  void keep_reserve();
  // Gives back what was kept free; for a file that is not written to any more.
  void release_reserve();

  std::uint64_t size() const { return size_; }
  // Once keep_reserve() was called: false where the disk has no room for it.
  bool has_reserve() const { return has_reserve_; }
  // Whether it is the one that its path names.
  bool is_in_place() const;
  // Whether nobody can find it any more: it was deleted.
  bool is_gone() const;

 private:
  File(FileDescriptor descriptor, std::filesystem::path path)
      : descriptor_(std::move(descriptor)), path_(std::move(path)) {}
  Result<void> make_room(std::uint64_t end);
  Error unavailable(int failure) const;

  FileDescriptor descriptor_;
  std::filesystem::path path_;
  bool regular_ = true;  // else a device, which has no size and nothing to sync
  std::uint64_t size_ = 0;
  std::uint64_t room_ = 0;  // how far the disk has blocks for it
  bool has_reserve_ = false;
  bool torn_ = false;  // something stands behind size_
};

}  // namespace byok::audit

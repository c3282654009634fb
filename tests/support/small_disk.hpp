// A small file system of a test's own, to be filled; mounting one may be forbidden.
#pragma once

#include <doctest/doctest.h>
#include <sys/mount.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>

#include "tests/support/temp_folder.hpp"

namespace byok::testing {

class SmallDisk {
 public:
  // `size` as mount(8) takes it: "1m".
  explicit SmallDisk(const std::string& size) {
    mounted_ = ::mount("tmpfs", folder_.path().c_str(), "tmpfs", MS_NOSUID | MS_NODEV,
                       ("mode=0700,size=" + size).c_str()) == 0;
    if (!mounted_) {
      MESSAGE("skipped: a full disk (no tmpfs can be mounted: " << std::strerror(errno) << ")");
    }
  }
  ~SmallDisk() {
    if (mounted_) ::umount2(folder_.path().c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  bool mounted() const { return mounted_; }
  std::filesystem::path operator/(std::string_view name) const { return folder_ / name; }

  // Takes what room there is left.
  void fill() const {
    std::ofstream filler(*this / "filler", std::ios::binary | std::ios::app);
    const std::string page(4096, 'x');
    while (filler.write(page.data(), 4096).flush()) {
    }
  }
  void make_room() const { std::filesystem::remove(*this / "filler"); }

 private:
  TempFolder folder_;
  bool mounted_ = false;
};

}  // namespace byok::testing

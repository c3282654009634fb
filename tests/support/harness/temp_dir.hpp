// A folder of its own for each test, gone with it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace byok::testing {

class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::filesystem::path& path() const { return path_; }
  // The path of something in it.
  std::string operator/(std::string_view name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

std::string read_file(const std::filesystem::path& file);
// With mode 0600.
void write_file(const std::filesystem::path& file, std::string_view bytes);

}  // namespace byok::testing

// A folder of one test's own, gone with the test, and its files.
#pragma once

#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace byok::testing {

inline std::string read_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + file.string());
  return {std::istreambuf_iterator<char>(in), {}};
}

// Made anew, it gets mode 0600.
inline void write_file(const std::filesystem::path& file, std::string_view bytes) {
  const bool made = !std::filesystem::exists(file);
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  if (made) ::chmod(file.c_str(), 0600);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out) throw std::runtime_error("cannot write " + file.string());
}

class TempFolder {
 public:
  TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "byok-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
    path_ = name;
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  // The path of something in it.
  std::string operator/(std::string_view name) const { return (path_ / name).string(); }
  bool empty() const { return std::filesystem::is_empty(path_); }

  // The path of a new file of that content.
  std::string write(std::string_view name, std::string_view content) const {
    std::string file = *this / name;
    write_file(file, content);
    return file;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace byok::testing

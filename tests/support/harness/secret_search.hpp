// Looks for parts of secrets in what byokd leaves behind: files, logs, its memory.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace byok::testing {

// 32 characters of base 62: eight of them do not meet by chance in what byokd writes.
std::string random_part();

// Finds any eight bytes of any secret: as they are, in hex of either case, or in base64 at any
// offset.
class SecretSearch {
 public:
  struct Hit {
    std::string name;  // the secret's
    std::size_t at;
  };

  SecretSearch();
  // `name` is what a hit is reported as.
  void add(const std::string& name, std::string_view secret);
  // The first hits, at most that many, each at least one window's size behind the last.
  std::vector<Hit> find(std::string_view text, std::size_t most = 1) const;
  std::size_t secrets() const { return names_.size(); }

 private:
  // What stands behind the first eight characters of a window.
  struct Window {
    std::string rest;
    std::uint32_t name;
  };

  void add_windows(std::string_view text, std::size_t size, std::uint32_t name);
  const Window* window_at(std::string_view text, std::size_t at) const;

  std::vector<std::string> names_;
  std::unordered_multimap<std::uint64_t, Window> windows_;
  // One bit for each hash of the first eight characters: nearly every place is passed by a look at
  // it, which lets gigabytes be searched for hundreds of thousands of windows.
  std::vector<std::uint64_t> filter_;
};

}  // namespace byok::testing

// The lines of an import that were not taken, told so that a person can read them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace byok::cli {

class ImportFailures {
 public:
  // Off a terminal each is told at once; on one they are kept for the end, as many as fit it.
  explicit ImportFailures(bool on_terminal) : on_terminal_(on_terminal) {}

  void add(std::string_view code, std::string_view sentence);
  // What is left to be told, on stderr.
  void tell() const;

 private:
  bool on_terminal_;
  std::vector<std::string> first_;
  std::map<std::string, std::uint64_t, std::less<>> rest_;  // by code
};

}  // namespace byok::cli

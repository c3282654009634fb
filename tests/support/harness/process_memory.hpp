// What another process holds in its memory, as root sees it.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "tests/support/harness/secret_search.hpp"

namespace byok::testing {

struct MemoryHit {
  std::string secret;  // its name
  std::string region;  // [heap], [stack], a file, or nothing for anonymous memory
  bool locked;         // never swapped out, and in no core dump
  std::uintptr_t address;
};

struct MemorySearch {
  std::size_t bytes = 0;
  std::vector<MemoryHit> hits;
};

// Searches all of the process's memory but for mappings of files that end in `.mdb`, whose map is
// far larger than the file. Throws where this process may not read it.
MemorySearch search_memory(pid_t pid, const SecretSearch& search);

}  // namespace byok::testing

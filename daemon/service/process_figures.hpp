// What the system tells of this process, read from files that are opened before the process gives
// up all others.
#pragma once

#include <cstdint>
#include <optional>

#include "common/file_descriptor.hpp"

namespace byok::service {

// Any thread.
class ProcessFigures {
 public:
  ProcessFigures();

  struct Memory {
    std::uint64_t resident;  // bytes
    std::uint64_t virtual_size;
  };
  // Nothing where the system does not tell.
  std::optional<Memory> memory() const;
  std::optional<std::uint64_t> open_files() const;
  std::uint64_t most_open_files() const { return most_open_files_; }
  // Of all threads, in user and kernel.
  double cpu_seconds() const;

 private:
  FileDescriptor memory_;
  FileDescriptor files_;
  std::uint64_t most_open_files_ = 0;
};

}  // namespace byok::service

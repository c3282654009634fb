// Reading and writing that waits. Whoever started the program may have left its standard streams
// non-blocking, for itself or for another: that is no failure.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string_view>

namespace byok::cli {

// As read(2) and write(2) of a blocking descriptor, without EINTR.
ssize_t read_some(int fd, char* into, std::size_t size);
ssize_t write_some(int fd, std::string_view bytes);

// False, with errno, where not all could be written.
bool write_all(int fd, std::string_view bytes);

}  // namespace byok::cli

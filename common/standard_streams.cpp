#include "common/standard_streams.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace byok {

void fill_standard_streams() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (fcntl(fd, F_GETFD) >= 0) continue;
    // Those before it are taken, so this is the lowest number that is free.
    if (open("/dev/null", O_RDONLY) != fd) return;
  }
}

}  // namespace byok

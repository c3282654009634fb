#include "daemon/say.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

namespace byok::daemon {

void say(std::string_view text) {
  const std::string line = fmt::format("byokd: {}\n", text);
  while (::write(STDERR_FILENO, line.data(), line.size()) < 0 && errno == EINTR) {
  }
}

}  // namespace byok::daemon

#include "daemon/activation.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <system_error>

namespace byok::daemon {
namespace {

std::string_view variable(const Environment& environment, std::string_view name) {
  auto found = environment.find(name);
  return found == environment.end() ? std::string_view() : std::string_view(found->second);
}

std::optional<int> number_in(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || number < 0) {
    return std::nullopt;
  }
  return number;
}

Error misfit(std::string_view what) {
  return {Errc::bad_request,
          fmt::format("{}: unset the variable, or leave it to the service manager", what)};
}

}  // namespace

Result<std::vector<std::string>> handed_over_names(const Environment& environment, pid_t self) {
  const std::string_view for_whom = variable(environment, "LISTEN_PID");
  if (for_whom.empty()) return std::vector<std::string>();
  const std::optional<int> pid = number_in(for_whom);
  if (!pid) return misfit("LISTEN_PID is no process id");
  if (*pid != self) return std::vector<std::string>();

  constexpr int most = 1024;
  const std::string_view count_text = variable(environment, "LISTEN_FDS");
  if (count_text.empty()) return std::vector<std::string>();
  const std::optional<int> count = number_in(count_text);
  if (!count || *count > most) return misfit("LISTEN_FDS is no number of sockets");
  std::vector<std::string> names(static_cast<std::size_t>(*count), "unknown");

  std::string_view rest = variable(environment, "LISTEN_FDNAMES");
  if (rest.empty()) return names;
  for (std::size_t i = 0;; ++i) {
    if (i == names.size()) return misfit("LISTEN_FDNAMES has more names than LISTEN_FDS sockets");
    const std::size_t end = rest.find(':');
    names[i] = rest.substr(0, end);
    if (end == rest.npos) {
      if (i + 1 == names.size()) return names;
      return misfit("LISTEN_FDNAMES has fewer names than LISTEN_FDS sockets");
    }
    rest.remove_prefix(end + 1);
  }
}

Result<std::vector<HandedOver>> take_handed_over(const Environment& environment) {
  auto names = handed_over_names(environment, ::getpid());
  if (!names) return names.error();
  std::vector<HandedOver> taken;
  for (std::size_t i = 0; i < names->size(); ++i) {
    FileDescriptor socket(first_handed_over + static_cast<int>(i));
    if (::fcntl(socket.get(), F_SETFD, FD_CLOEXEC) != 0) {
      const std::string reason = std::generic_category().message(errno);
      return Error{Errc::bad_request,
                   fmt::format("the socket {} of LISTEN_FDS is not there ({})", i + 1, reason)};
    }
    taken.push_back({std::move(socket), std::move((*names)[i])});
  }
  for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) ::unsetenv(name);
  return taken;
}

}  // namespace byok::daemon

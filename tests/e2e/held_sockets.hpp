// What a service manager does for byokd: it holds the sockets that one byokd after another serves.
#pragma once

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/support/harness/process.hpp"
#include "tests/support/harness/world.hpp"

namespace byok::testing {

// A socket that programs inherit.
inline Fd make_socket(int family, int type, const sockaddr* address, socklen_t size,
                      bool listening) {
  Fd fd(::socket(family, type, 0));
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  REQUIRE(::bind(fd.get(), address, size) == 0);
  if (listening) REQUIRE(::listen(fd.get(), 4096) == 0);
  return fd;
}

inline Fd make_tcp(in_addr_t host, int type = SOCK_STREAM, bool listening = true) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(host);
  return make_socket(AF_INET, type, reinterpret_cast<sockaddr*>(&address), sizeof address,
                     listening);
}

inline Fd make_unix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  return make_socket(AF_UNIX, SOCK_STREAM, reinterpret_cast<sockaddr*>(&address), sizeof address,
                     true);
}

// Starts the byokd of `world` over its folder as systemd does: sockets from 3 on, told in variables
// that hold its own id.
inline std::unique_ptr<Process> start_with_sockets(const World& world,
                                                   const std::vector<int>& sockets,
                                                   const std::string& names = "",
                                                   const std::vector<std::string>& settings = {}) {
  std::string script;
  // First out of the way of the numbers that they are to have.
  for (std::size_t i = 0; i < sockets.size(); ++i) {
    script += "exec " + std::to_string(200 + i) + ">&" + std::to_string(sockets[i]) + ";";
  }
  for (std::size_t i = 0; i < sockets.size(); ++i) {
    script += "exec " + std::to_string(3 + i) + ">&" + std::to_string(200 + i) + ";";
  }
  script += "export LISTEN_PID=$$ LISTEN_FDS=" + std::to_string(sockets.size());
  if (!names.empty()) script += " LISTEN_FDNAMES=" + names;
  script += R"(; exec "$@")";
  std::vector<std::string> command{"bash", "-c", script, "manager"};
  const std::vector<std::string> byokd = world.byokd.command(settings);
  command.insert(command.end(), byokd.begin(), byokd.end());
  return std::make_unique<Process>(command, world.byokd.environment(),
                                   world.byokd.folder().string());
}

}  // namespace byok::testing

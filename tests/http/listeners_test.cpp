#include "daemon/http/listeners.hpp"

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>

#include "tests/support/temp_folder.hpp"

namespace byok::http {
namespace {

struct Name {
  sockaddr_storage bytes{};
  socklen_t size = sizeof bytes;
};

Name name_of(int socket) {
  Name name;
  REQUIRE(getsockname(socket, reinterpret_cast<sockaddr*>(&name.bytes), &name.size) == 0);
  return name;
}

// How a client's attempt to connect stands right after it was begun.
enum class Attempt { connected, refused, waiting };

Attempt begin(const FileDescriptor& client, const Name& name) {
  if (::connect(client.get(), reinterpret_cast<const sockaddr*>(&name.bytes), name.size) == 0) {
    return Attempt::connected;
  }
  if (errno != EINPROGRESS) return Attempt::refused;
  pollfd ready{client.get(), POLLOUT, 0};
  if (::poll(&ready, 1, 0) == 0) return Attempt::waiting;
  return (ready.revents & POLLERR) != 0 ? Attempt::refused : Attempt::connected;
}

FileDescriptor make_client(const Name& name) {
  return FileDescriptor(
      ::socket(name.bytes.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

bool accepts(const FileDescriptor& listener) {
  return static_cast<bool>(FileDescriptor(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC)));
}

TEST_CASE("a closed queue lets nobody in, and those who wait in it can still be accepted") {
  const testing::TempFolder folder;
  for (const bool is_unix : {true, false}) {
    CAPTURE(is_unix);
    Listener listener = is_unix ? listen_unix(folder / "s", {0600, {}}, 1).value()
                                : listen_tcp("127.0.0.1", 0, Transport::tcp, 1).value();
    FileDescriptor& socket = listener.sockets.front();
    const Name name = name_of(socket.get());
    const FileDescriptor waiting[] = {make_client(name), make_client(name)};
    for (const FileDescriptor& client : waiting) {
      REQUIRE(begin(client, name) == Attempt::connected);
    }
    // Nobody's handshake on this machine takes any time.
    CHECK_FALSE(close_queue(socket.get(), is_unix));
    const FileDescriptor late = make_client(name);
    CHECK(begin(late, name) == (is_unix ? Attempt::refused : Attempt::waiting));
    CHECK(accepts(socket));
    CHECK(accepts(socket));
    CHECK_FALSE(accepts(socket));
  }
}

TEST_CASE("a queue that other machines join is kept for those whose handshake is under way") {
  Listener listener = listen_tcp("0.0.0.0", 0, Transport::tcp, 1).value();
  CHECK(close_queue(listener.sockets.front().get(), false));
}

TEST_CASE("a listening socket of somebody else's becomes one descriptor for each worker") {
  Listener own = listen_tcp("127.0.0.1", 0, Transport::tcp, 1).value();
  Result<Listener> taken = take_listener(std::move(own.sockets.front()), false, 3);
  REQUIRE(taken.has_value());
  CHECK(taken->address == own.address);
  CHECK(taken->handed_over);
  CHECK(taken->is_local);
  CHECK(taken->transport == Transport::tcp);
  REQUIRE(taken->sockets.size() == 3);
  const Name name = name_of(taken->sockets.front().get());
  const FileDescriptor client = make_client(name);
  REQUIRE(begin(client, name) == Attempt::connected);
  CHECK(accepts(taken->sockets.back()));
  CHECK_FALSE(accepts(taken->sockets.front()));

  Listener open_to_all = listen_tcp("0.0.0.0", 0, Transport::tcp, 1).value();
  CHECK_FALSE(take_listener(std::move(open_to_all.sockets.front()), false, 1)->is_local);
}

TEST_CASE("a Unix socket that is handed over for TLS is refused, not served in the clear") {
  const testing::TempFolder folder;
  Listener own = listen_unix(folder / "s", {0600, {}}, 1).value();
  const Result<Listener> taken = take_listener(std::move(own.sockets.front()), true, 1);
  REQUIRE(taken.has_error());
  CHECK(taken.error().message().find("TLS is not spoken on Unix sockets") != std::string::npos);
}

}  // namespace
}  // namespace byok::http

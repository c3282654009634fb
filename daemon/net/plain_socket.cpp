#include "daemon/net/plain_socket.hpp"

#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <cerrno>

namespace byok::net {
namespace {

bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

error_code system_error(int error) { return {error, boost::system::system_category()}; }

// Of a send that gave `written`.
Transferred outcome_of(ssize_t written) {
  if (written >= 0) return {{}, static_cast<std::size_t>(written)};
  int error = errno;
  if (would_block(error)) return {};
  return {system_error(error), 0};
}

}  // namespace

void consume(Gather& from, std::size_t size) {
  for (asio::const_buffer& stretch : from) {
    std::size_t taken = std::min(size, stretch.size());
    stretch += taken;
    size -= taken;
  }
}

bool is_empty(const Gather& from) {
  return std::all_of(from.begin(), from.end(), [](const auto& part) { return part.size() == 0; });
}

FileDescriptor begin_connection(const asio::ip::tcp::endpoint& peer, error_code& failed) {
  FileDescriptor socket(
      ::socket(peer.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  const auto size = static_cast<socklen_t>(peer.size());
  if (socket && ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0 &&
      (::connect(socket.get(), peer.data(), size) == 0 || errno == EINPROGRESS)) {
    failed = {};
    return socket;
  }
  failed = system_error(errno);
  return {};
}

std::optional<error_code> PlainSocket::connected() const {
  // On this host it stands already when connect() returns.
  sockaddr_storage peer;
  socklen_t size = sizeof peer;
  if (::getpeername(socket_.get(), reinterpret_cast<sockaddr*>(&peer), &size) == 0) {
    return error_code();
  }
  int error = errno;
  if (error != ENOTCONN) return system_error(error);
  size = sizeof error;
  ::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return system_error(error);
  return std::nullopt;
}

void PlainSocket::shut_down_send() {
  if (is_open()) ::shutdown(socket_.get(), SHUT_WR);
}

void PlainSocket::note(std::uint32_t events) {
  constexpr std::uint32_t ends = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
  if (events & ends) hung_up_ = true;
  if (events & (EPOLLHUP | EPOLLERR)) dead_ = true;
  if (events & (EPOLLIN | ends)) may_read_ = true;
}

bool PlainSocket::has_bytes() const {
  int count = 0;
  return may_read_ && is_open() && ::ioctl(socket_.get(), FIONREAD, &count) == 0 && count > 0;
}

std::optional<Transferred> PlainSocket::read(asio::mutable_buffer buffer) {
  if (!is_open()) return Transferred{asio::error::bad_descriptor, 0};
  ssize_t count = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (count < 0) {
    int error = errno;
    if (!would_block(error)) return Transferred{system_error(error), 0};
    may_read_ = error == EINTR;
    return std::nullopt;
  }
  if (count == 0) return Transferred{asio::error::eof, 0};
  auto size = static_cast<std::size_t>(count);
  // A short read has emptied the socket (epoll(7)): what comes later is told. Not so the peer's
  // end, where it was told already.
  if (size < buffer.size() && !hung_up_) may_read_ = false;
  return Transferred{{}, size};
}

Transferred PlainSocket::write(std::string_view bytes) {
  if (!is_open()) return {asio::error::bad_descriptor, 0};
  return outcome_of(::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
}

Transferred PlainSocket::write(const Gather& from) {
  if (!is_open()) return {asio::error::bad_descriptor, 0};
  iovec parts[std::tuple_size_v<Gather>];
  msghdr message{};
  message.msg_iov = parts;
  for (const asio::const_buffer& stretch : from) {
    // The kernel reads through it only.
    parts[message.msg_iovlen++] = {const_cast<void*>(stretch.data()), stretch.size()};
  }
  return outcome_of(::sendmsg(socket_.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT));
}

std::int64_t PlainSocket::untaken() const {
  int count = 0;
  return is_open() && ::ioctl(socket_.get(), SIOCOUTQ, &count) == 0 ? count : 0;
}

}  // namespace byok::net

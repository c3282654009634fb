#include "daemon/net/stream.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>

namespace byok::net {

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

asio::const_buffer Stream::first_of(const Gather& from) {
  for (const asio::const_buffer& stretch : from) {
    if (stretch.size() > 0) return stretch;
  }
  return {};
}

std::size_t Stream::write_now(const Gather& from) {
  if (tls_ || !socket_.is_open()) return 0;
  iovec parts[std::tuple_size_v<Gather>];
  msghdr message{};
  message.msg_iov = parts;
  for (const asio::const_buffer& stretch : from) {
    // The kernel reads through it only.
    parts[message.msg_iovlen++] = {const_cast<void*>(stretch.data()), stretch.size()};
  }
  ssize_t written = sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  return written > 0 ? static_cast<std::size_t>(written) : 0;
}

}  // namespace byok::net

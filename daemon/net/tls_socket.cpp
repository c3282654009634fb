#include "daemon/net/tls_socket.hpp"

#include <sys/socket.h>

namespace byok::net {

std::unique_ptr<TlsSocket> over_tls(FileDescriptor socket, Executor executor,
                                    asio::ssl::context& context) {
  // The family is not looked at: the socket is connected already.
  asio::generic::stream_protocol protocol(AF_INET, 0);
  TlsSocket::next_layer_type connected(executor, protocol, socket.get());
  socket.release();
  return std::make_unique<TlsSocket>(std::move(connected), context);
}

}  // namespace byok::net

// TLS over a connected socket, which is Asio's from then on.
#pragma once

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <memory>

#include "common/file_descriptor.hpp"
#include "daemon/net/awaitable.hpp"

namespace byok::net {

using TlsSocket =
    asio::ssl::stream<asio::basic_stream_socket<asio::generic::stream_protocol, Executor>>;

// `context` outlives what is returned. Throws where the system has no room to watch the socket.
std::unique_ptr<TlsSocket> over_tls(FileDescriptor socket, Executor executor,
                                    asio::ssl::context& context);

}  // namespace byok::net

// Where an HTTP server is reached.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/error.hpp"

namespace byok {

struct HttpAddress {
  enum class Kind { unix_socket, plain, tls };

  Kind kind = Kind::plain;
  std::string host;  // a name or an IP address without brackets; the path of a Unix socket
  std::uint16_t port = 0;

  // "unix:PATH", "http://HOST[:PORT]" or "https://HOST[:PORT]" (RFC 3986; IPv6 in brackets; the
  // port is 80 or 443 where none is given). Errc::bad_request for anything else.
  static Result<HttpAddress> parse(std::string_view text);

  // As it is written; what parse() takes.
  std::string str() const;

  // The Host field's value (RFC 9110 section 7.2); "localhost" for a Unix socket.
  std::string authority() const;

  // Whether what is sent there cannot be read on the way: TLS, a Unix socket or this machine.
  bool is_private() const;
};

}  // namespace byok

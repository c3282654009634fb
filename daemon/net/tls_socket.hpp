// TLS over a PlainSocket, at either end of it, read and written without waiting as that is. OpenSSL
// reaches the socket through a BIO of ours, so that what the socket knows of its readiness stays
// true, and holds buffers only while something is in them.
#pragma once

#include <openssl/ssl.h>

#include <optional>
#include <string>

#include "common/handle.hpp"
#include "daemon/net/plain_socket.hpp"

namespace byok::net {

enum class TlsSide { client, server };

class TlsSocket {
 public:
  // `socket` is connected and outlives this. What `context` says holds. Throws std::bad_alloc.
  TlsSocket(SSL_CTX* context, TlsSide side, PlainSocket& socket);
  TlsSocket(const TlsSocket&) = delete;
  TlsSocket& operator=(const TlsSocket&) = delete;

  // For settings before the handshake, and questions after it.
  SSL* ssl() const { return ssl_.get(); }

  // Goes on with the handshake: what came of it, or nothing while it has to wait, for whatever the
  // socket does next.
  std::optional<error_code> handshake();
  // Why the handshake failed, in OpenSSL's words.
  const std::string& failure() const { return failure_; }
  // What the peer sent first was HTTP.
  bool spoken_to_in_clear() const { return first_byte_ >= 'A' && first_byte_ <= 'Z'; }

  // As PlainSocket's. The peer's end is asio::error::eof where it said so (close_notify); an end
  // without that is asio::error::connection_reset, since anybody on the way could have made it.
  bool may_read() const { return more_ || socket_.may_read(); }
  bool has_bytes() const { return SSL_pending(ssl_.get()) > 0 || socket_.has_bytes(); }
  std::optional<Transferred> read(asio::mutable_buffer buffer);
  // The read that gave nothing has more to look at: a peer may send much that holds no bytes for
  // us, and others have their turn in between.
  bool interrupted() const { return interrupted_; }

  // As PlainSocket's. What was not taken comes again with the next call, before anything else, and
  // as many bytes at least: a record of it may be under way.
  Transferred write(const Gather& from);

  // Tells the peer that nothing more comes, as far as that goes without waiting.
  void say_end();

 private:
  static BIO_METHOD* method();
  static int read_socket(BIO* bio, char* out, int size);
  static int write_socket(BIO* bio, const char* bytes, int size);
  static long control(BIO* bio, int command, long number, void* pointer);

  Transferred write_record(std::string_view bytes);
  std::optional<error_code> outcome(int returned);

  PlainSocket& socket_;
  Handle<SSL, SSL_free> ssl_;
  error_code socket_error_;
  std::string failure_;
  char first_byte_ = 0;
  bool got_some_ = false;
  bool more_ = false;     // OpenSSL holds what a read may give
  bool starved_ = false;  // the last call found nothing on the socket
  bool at_end_ = false;   // of what the socket gives
  bool broken_ = false;   // nothing can be said any more
  bool interrupted_ = false;
};

}  // namespace byok::net

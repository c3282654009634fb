// A byte stream to an HTTP address that one thread reads and writes by turns, never blocking: TCP,
// TLS over it, or a Unix socket.
//
// Why not Asio's sockets: their blocking calls know neither a deadline nor a way to be interrupted.
// A poll() over the socket, the file that is sent and the descriptor that interrupts has both, and
// lets answers be read while a body is still being sent.
#pragma once

#include <openssl/ssl.h>

#include <chrono>
#include <span>
#include <string>
#include <string_view>

#include "common/file_descriptor.hpp"
#include "common/handle.hpp"
#include "common/http_address.hpp"

namespace byok {

// What keeps an exchange from being completed.
enum class HttpFailure {
  unreachable,  // no connection: nobody listens, no such host, not in time
  untrusted,    // the server's certificate is of an authority that is not trusted
  misnamed,     // it is another host's
  invalid,      // it has expired, or is otherwise unfit
  no_tls,       // the server speaks another protocol
  disagreed,    // it speaks TLS, but no version or cipher of ours, or it refused us
  unusable,     // one of the caller's own files for TLS
  broken,       // the connection ended, or what came is no HTTP
  timed_out,    // the server fell silent
  interrupted,  // the caller's descriptor became readable
};

struct HttpError {
  HttpFailure failure;
  std::string message;  // What happened, for the user; never holds a part of a body.
};

[[noreturn]] void throw_exception_from_error(const HttpError& error, const boost::source_location&);

template <class T>
using HttpResult = boost::system::result<T, HttpError>;

// Paths of PEM files; empty where there is none.
struct HttpTlsFiles {
  std::string authorities;  // trusted in place of the system's store
  std::string certificate;  // shown to a server that asks, with its chain
  std::string key;          // the certificate's; empty: it is in the certificate's file
};

class HttpConnection {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  // Connects, and shakes hands for TLS: `files`, else system trust store (and SSL_CERT_FILE,
  // SSL_CERT_DIR), name or IP address checked, SNI, TLS 1.2 at least. `interrupt_fd` may be -1.
  static HttpResult<HttpConnection> open(const HttpAddress& address, const HttpTlsFiles& files,
                                         Deadline deadline, int interrupt_fd);

  // What read() and write() came to.
  enum class Io {
    done,    // `size` bytes were moved
    again,   // nothing for now: poll for `events` (TLS may have to write in order to read)
    closed,  // the peer ended the stream
    failed,  // the stream is unusable
  };
  struct Moved {
    Io io;
    std::size_t size = 0;
    short events = 0;
  };
  Moved read(std::span<char> into);
  Moved write(std::string_view bytes);

  // What the last Io::failed came of, where TLS knows: a server that refuses a client's certificate
  // says so only after the handshake. Empty otherwise.
  const std::string& reason() const { return reason_; }

  int fd() const { return socket_.get(); }
  // Whether the peer has ended the stream, or sent what nobody asked for, since the last exchange.
  bool is_stale() const;

 private:
  HttpConnection() = default;
  HttpResult<void> shake_hands(const HttpAddress& address, const HttpTlsFiles& files,
                               Deadline deadline, int interrupt_fd);
  Moved tls_outcome(int returned);

  FileDescriptor socket_;
  Handle<SSL_CTX, SSL_CTX_free> tls_context_;
  Handle<SSL, SSL_free> tls_;
  std::string reason_;
};

// Waits until one of `events` is there on `fd`; timed_out or interrupted where it does not come.
// A deadline of max() waits for ever.
HttpResult<void> wait_for(int fd, short events, HttpConnection::Deadline deadline,
                          int interrupt_fd);

}  // namespace byok

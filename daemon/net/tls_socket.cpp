#include "daemon/net/tls_socket.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/system/errc.hpp>
#include <new>
#include <utility>

#include "common/secret.hpp"

namespace byok::net {
namespace {

constexpr std::size_t record_size = SSL3_RT_MAX_PLAIN_LENGTH;

std::string_view as_text(const asio::const_buffer& bytes) {
  return {static_cast<const char*>(bytes.data()), bytes.size()};
}

std::string reason_of(SSL* ssl) {
  if (const long verdict = SSL_get_verify_result(ssl); verdict != X509_V_OK) {
    return X509_verify_cert_error_string(verdict);
  }
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  return reason != nullptr ? reason : "the connection ended";
}

}  // namespace

TlsSocket::TlsSocket(SSL_CTX* context, TlsSide side, PlainSocket& socket)
    : socket_(socket), ssl_(SSL_new(context)) {
  BIO* bio = ssl_ ? BIO_new(method()) : nullptr;
  if (bio == nullptr) throw std::bad_alloc();
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_mode(ssl_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                               SSL_MODE_RELEASE_BUFFERS);
  // A read comes back after each record, so that a peer cannot keep a worker with empty ones.
  SSL_clear_mode(ssl_.get(), SSL_MODE_AUTO_RETRY);
  SSL_set_read_ahead(ssl_.get(), 1);
  if (side == TlsSide::server) {
    SSL_set_accept_state(ssl_.get());
  } else {
    SSL_set_connect_state(ssl_.get());
  }
}

BIO_METHOD* TlsSocket::method() {
  static BIO_METHOD* const made = [] {
    BIO_METHOD* fresh = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
    if (fresh == nullptr) throw std::bad_alloc();
    BIO_meth_set_read(fresh, read_socket);
    BIO_meth_set_write(fresh, write_socket);
    BIO_meth_set_ctrl(fresh, control);
    return fresh;
  }();
  return made;
}

int TlsSocket::read_socket(BIO* bio, char* out, int size) {
  auto& self = *static_cast<TlsSocket*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  auto got = self.socket_.read(asio::buffer(out, static_cast<std::size_t>(size)));
  if (!got) {
    self.starved_ = true;
    BIO_set_retry_read(bio);
    return -1;
  }
  if (got->error) {
    self.at_end_ = true;
    self.socket_error_ = got->error;
    return got->error == asio::error::eof ? 0 : -1;
  }
  if (!std::exchange(self.got_some_, true)) self.first_byte_ = *out;
  return static_cast<int>(got->size);
}

int TlsSocket::write_socket(BIO* bio, const char* bytes, int size) {
  auto& self = *static_cast<TlsSocket*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  Transferred sent = self.socket_.write(std::string_view(bytes, static_cast<std::size_t>(size)));
  if (sent.size > 0) return static_cast<int>(sent.size);
  if (sent.error) {
    self.socket_error_ = sent.error;
  } else {
    BIO_set_retry_write(bio);
  }
  return -1;
}

long TlsSocket::control(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_FLUSH) return 1;
  if (command == BIO_CTRL_EOF) return static_cast<TlsSocket*>(BIO_get_data(bio))->at_end_ ? 1 : 0;
  return 0;
}

// What a call came to that moved nothing; nothing where it has to wait.
std::optional<error_code> TlsSocket::outcome(int returned) {
  const int kind = SSL_get_error(ssl_.get(), returned);
  if (kind == SSL_ERROR_WANT_READ || kind == SSL_ERROR_WANT_WRITE) return std::nullopt;
  if (kind == SSL_ERROR_ZERO_RETURN) return asio::error::eof;
  broken_ = true;
  if (failure_.empty()) failure_ = reason_of(ssl_.get());
  ERR_clear_error();
  if (at_end_) return asio::error::connection_reset;
  if (socket_error_) return socket_error_;
  return make_error_code(boost::system::errc::protocol_error);
}

std::optional<error_code> TlsSocket::handshake() {
  ERR_clear_error();
  const int returned = SSL_do_handshake(ssl_.get());
  if (returned != 1) return outcome(returned);
  more_ = true;  // what follows may have come with the handshake's last bytes
  return error_code();
}

std::optional<Transferred> TlsSocket::read(asio::mutable_buffer buffer) {
  ERR_clear_error();
  starved_ = interrupted_ = false;
  std::size_t size = 0;
  const int returned = SSL_read_ex(ssl_.get(), buffer.data(), buffer.size(), &size);
  if (returned == 1) {
    more_ = SSL_has_pending(ssl_.get()) == 1;
    return Transferred{{}, size};
  }
  const bool wants_read = SSL_want_read(ssl_.get());
  if (std::optional<error_code> ended = outcome(returned)) return Transferred{*ended, 0};
  more_ = !starved_;
  interrupted_ = wants_read && !starved_;
  return std::nullopt;
}

// At most a record's worth.
Transferred TlsSocket::write_record(std::string_view bytes) {
  ERR_clear_error();
  std::size_t size = 0;
  const int returned = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &size);
  if (returned == 1) return {{}, size};
  return {outcome(returned).value_or(error_code()), 0};
}

// What stands in several places goes into one record, by way of memory that is wiped.
Transferred TlsSocket::write(const Gather& from) {
  Gather rest = from;
  std::size_t sent = 0;
  for (;;) {
    auto first =
        std::find_if(rest.begin(), rest.end(), [](const auto& part) { return part.size(); });
    if (first == rest.end()) return {{}, sent};
    Transferred record;
    if (first->size() >= record_size || first->size() == asio::buffer_size(rest)) {
      record = write_record(as_text(*first).substr(0, record_size));
    } else {
      char together[record_size];
      const std::size_t size = asio::buffer_copy(asio::buffer(together), rest);
      const WipeOnExit wiping(together, size);
      record = write_record({together, size});
    }
    // An error behind something that was sent shows again with the next call.
    if (record.size == 0) return {sent > 0 ? error_code() : record.error, sent};
    sent += record.size;
    consume(rest, record.size);
  }
}

void TlsSocket::say_end() {
  if (broken_ || !SSL_is_init_finished(ssl_.get())) return;
  ERR_clear_error();
  if (SSL_shutdown(ssl_.get()) < 0) ERR_clear_error();
}

}  // namespace byok::net

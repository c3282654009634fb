#include "daemon/upstream/tls_client.hpp"

#include <openssl/x509v3.h>

#include <boost/asio/ip/address.hpp>
#include <mutex>

#include "common/handle.hpp"

namespace byok::upstream {
namespace {

// The last session of a context's connections. Connections outlive the TlsClient that they were
// made by, and their sessions may arrive late: it lives as long as the context itself.
struct LastSession {
  std::mutex mutex;  // sessions arrive on any worker's thread; never held over I/O
  Handle<SSL_SESSION, SSL_SESSION_free> session;
};

void free_last_session(void*, void* kept, CRYPTO_EX_DATA*, int, long, void*) {
  delete static_cast<LastSession*>(kept);
}

int session_index() {
  static const int index =
      SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, free_last_session);
  return index;
}

LastSession& last_session(const SSL* connection) {
  return *static_cast<LastSession*>(
      SSL_CTX_get_ex_data(SSL_get_SSL_CTX(connection), session_index()));
}

int keep_session(SSL* connection, SSL_SESSION* session) {
  LastSession& last = last_session(connection);
  std::lock_guard lock(last.mutex);
  last.session.reset(session);  // ours to free: that is what returning 1 says
  return 1;
}

Handle<X509_STORE, X509_STORE_free>& kept_store() {
  static Handle<X509_STORE, X509_STORE_free> store;
  return store;
}

// The system's trust store, read once for all providers: it takes some 50 ms.
X509_STORE* system_store() {
  Handle<X509_STORE, X509_STORE_free>& store = kept_store();
  if (!store) {
    boost::asio::ssl::context reader(boost::asio::ssl::context::tls_client);
    reader.set_default_verify_paths();
    X509_STORE* read = SSL_CTX_get_cert_store(reader.native_handle());
    X509_STORE_up_ref(read);
    store.reset(read);
  }
  return store.get();
}

bool is_address(const std::string& host) {
  boost::system::error_code ec;
  boost::asio::ip::make_address(host, ec);
  return !ec;
}

}  // namespace

TlsClient::TlsClient(const std::string& host, std::string_view authorities)
    : context_(boost::asio::ssl::context::tls_client), host_(host) {
  SSL_CTX* ctx = context_.native_handle();
  SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
  if (authorities.empty()) {
    SSL_CTX_set1_cert_store(ctx, system_store());
  } else {
    context_.add_certificate_authority(boost::asio::buffer(authorities));
  }
  context_.set_verify_mode(boost::asio::ssl::verify_peer);
  // Providers end streams by closing; without this OpenSSL calls a missing close_notify a protocol
  // error, while the HTTP framing tells already whether anything is missing.
  SSL_CTX_set_options(ctx, SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_set_ex_data(ctx, session_index(), new LastSession);
  SSL_CTX_sess_set_new_cb(ctx, keep_session);
}

void forget_trust_store() { kept_store().reset(); }

void TlsClient::prepare(SSL* connection) {
  if (is_address(host_)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(connection), host_.c_str());
  } else {
    SSL_set_tlsext_host_name(connection, host_.c_str());
    SSL_set_hostflags(connection, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    SSL_set1_host(connection, host_.c_str());
  }
  LastSession& last = last_session(connection);
  std::lock_guard lock(last.mutex);
  // A TLS 1.3 ticket is for one use: two connections that share one can be linked by an onlooker.
  if (last.session) {
    SSL_set_session(connection, last.session.get());
    if (SSL_SESSION_get_protocol_version(last.session.get()) == TLS1_3_VERSION) {
      last.session.reset();
    }
  }
}

}  // namespace byok::upstream

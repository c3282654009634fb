#include <doctest/doctest.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <csignal>
#include <cstdlib>
#include <thread>

#include "common/http_client.hpp"
#include "tests/support/temp_folder.hpp"

using namespace byok;

namespace {

using Key = Handle<EVP_PKEY, EVP_PKEY_free>;
using Certificate = Handle<X509, X509_free>;

// A certificate that is its own authority, for the given subjectAltName.
Certificate make_certificate(EVP_PKEY* key, const char* alt_name) {
  Certificate certificate(X509_new());
  X509* x = certificate.get();
  X509_set_version(x, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
  X509_gmtime_adj(X509_getm_notBefore(x), -3600);
  X509_gmtime_adj(X509_getm_notAfter(x), 3600);
  X509_set_pubkey(x, key);
  X509_NAME* name = X509_get_subject_name(x);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
  X509_set_issuer_name(x, name);
  Handle<X509_EXTENSION, X509_EXTENSION_free> extension(
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, alt_name));
  X509_add_ext(x, extension.get(), -1);
  X509_sign(x, key, EVP_sha256());
  return certificate;
}

// Answers one connection's request; keeps the server name that was asked for.
class TlsServer {
 public:
  explicit TlsServer(const char* alt_name)
      : key_(EVP_EC_gen("P-256")),
        certificate_(make_certificate(key_.get(), alt_name)),
        context_(SSL_CTX_new(TLS_server_method())),
        listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
        stop_(eventfd(0, EFD_CLOEXEC)) {
    SSL_CTX_use_certificate(context_.get(), certificate_.get());
    SSL_CTX_use_PrivateKey(context_.get(), key_.get());
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size);
    getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    listen(listener_.get(), 1);
    thread_ = std::thread([this] { serve(); });
  }
  ~TlsServer() { join(); }

  std::uint16_t port() const { return port_; }

  std::string authority_file(const testing::TempFolder& dir) const {
    std::string path = dir / "ca.pem";
    FILE* file = fopen(path.c_str(), "w");
    PEM_write_X509(file, certificate_.get());
    fclose(file);
    return path;
  }

  std::string server_name() {
    join();
    return server_name_;
  }

 private:
  void join() {
    eventfd_write(stop_.get(), 1);
    if (thread_.joinable()) thread_.join();
  }

  void serve() {
    if (!wait_for(listener_.get(), POLLIN, HttpConnection::Deadline::max(), stop_.get())) return;
    FileDescriptor connection(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    Handle<SSL, SSL_free> tls(SSL_new(context_.get()));
    SSL_set_fd(tls.get(), connection.get());
    if (SSL_accept(tls.get()) != 1) return;
    const char* name = SSL_get_servername(tls.get(), TLSEXT_NAMETYPE_host_name);
    server_name_ = name == nullptr ? "" : name;
    char part[4096];
    SSL_read(tls.get(), part, sizeof part);
    constexpr std::string_view answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
    SSL_write(tls.get(), answer.data(), answer.size());
    SSL_shutdown(tls.get());
  }

  Key key_;
  Certificate certificate_;
  Handle<SSL_CTX, SSL_CTX_free> context_;
  FileDescriptor listener_;
  FileDescriptor stop_;
  std::uint16_t port_ = 0;
  std::string server_name_;
  std::thread thread_;
};

// SSL_CERT_FILE for the length of a scope.
class TrustedFile {
 public:
  explicit TrustedFile(const std::string& path) { setenv("SSL_CERT_FILE", path.c_str(), 1); }
  ~TrustedFile() { unsetenv("SSL_CERT_FILE"); }
};

}  // namespace

TEST_CASE("a TLS server is believed by authority and name alone") {
  // A server that is refused ends its handshake on a closed connection.
  signal(SIGPIPE, SIG_IGN);
  struct Case {
    std::string_view name;
    const char* alt_name;
    const char* host;
    bool authority_known;
    bool accepted;
    const char* server_name;
  };
  const Case cases[] = {
      {"known, right name", "DNS:localhost", "localhost", true, true, "localhost"},
      {"known, right address", "IP:127.0.0.1", "127.0.0.1", true, true, ""},
      {"known, another name", "DNS:example.com", "localhost", true, false, ""},
      {"known, another address", "IP:127.0.0.2", "127.0.0.1", true, false, ""},
      {"known, the address as a name", "DNS:127.0.0.1", "127.0.0.1", true, false, ""},
      {"unknown authority", "DNS:localhost", "localhost", false, false, ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    testing::TempFolder dir;
    TlsServer server(c.alt_name);
    std::string authority = server.authority_file(dir);
    TrustedFile trusted(c.authority_known ? authority : dir / "none");
    HttpClient client({HttpAddress::Kind::tls, c.host, server.port()});
    auto response = client.send({});
    if (c.accepted) {
      REQUIRE(response.has_value());
      CHECK(response->text() == "hi");
      CHECK(server.server_name() == c.server_name);
    } else {
      REQUIRE(response.has_error());
      CHECK(response.error().failure == HttpFailure::untrusted);
    }
  }
}

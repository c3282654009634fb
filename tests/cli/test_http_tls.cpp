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
#include "tests/cli/program.hpp"
#include "tests/support/temp_folder.hpp"

using namespace byok;

namespace {

using Key = Handle<EVP_PKEY, EVP_PKEY_free>;
using Certificate = Handle<X509, X509_free>;

// A certificate that is its own authority, for the given subjectAltName.
Certificate make_certificate(EVP_PKEY* key, const char* alt_name, long until) {
  Certificate certificate(X509_new());
  X509* x = certificate.get();
  X509_set_version(x, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
  X509_gmtime_adj(X509_getm_notBefore(x), -7200);
  X509_gmtime_adj(X509_getm_notAfter(x), until);
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

// A TCP socket that listens on a free port of this host.
FileDescriptor listening(std::uint16_t& port) {
  FileDescriptor listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size);
  getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size);
  port = ntohs(address.sin_port);
  listen(listener.get(), 8);
  return listener;
}

// Reads what one connection says first, says `answer` whatever that was, and hangs up.
class PlainServer {
 public:
  explicit PlainServer(std::string answer) : listener_(listening(port_)) {
    thread_ = std::thread([this, answer = std::move(answer)] {
      FileDescriptor connection(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      char part[4096];
      if (recv(connection.get(), part, sizeof part, 0) <= 0) return;
      send(connection.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
    });
  }
  ~PlainServer() {
    shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
  }

  std::uint16_t port() const { return port_; }

 private:
  std::uint16_t port_ = 0;
  FileDescriptor listener_;
  std::thread thread_;
};

// Answers one connection's request; keeps the server name that was asked for.
class TlsServer {
 public:
  explicit TlsServer(const char* alt_name, long until = 3600, int newest = 0)
      : key_(EVP_EC_gen("P-256")),
        certificate_(make_certificate(key_.get(), alt_name, until)),
        context_(SSL_CTX_new(TLS_server_method())),
        listener_(listening(port_)),
        stop_(eventfd(0, EFD_CLOEXEC)) {
    SSL_CTX_set_max_proto_version(context_.get(), newest);
    SSL_CTX_use_certificate(context_.get(), certificate_.get());
    SSL_CTX_use_PrivateKey(context_.get(), key_.get());
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
  std::uint16_t port_ = 0;
  FileDescriptor listener_;
  FileDescriptor stop_;
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
    HttpFailure failure = {};
  };
  const Case cases[] = {
      {"known, right name", "DNS:localhost", "localhost", true, true, "localhost"},
      {"known, right address", "IP:127.0.0.1", "127.0.0.1", true, true, ""},
      {"known, another name", "DNS:example.com", "localhost", true, false, "",
       HttpFailure::misnamed},
      {"known, another address", "IP:127.0.0.2", "127.0.0.1", true, false, "",
       HttpFailure::misnamed},
      {"known, the address as a name", "DNS:127.0.0.1", "127.0.0.1", true, false, "",
       HttpFailure::misnamed},
      {"unknown authority", "DNS:localhost", "localhost", false, false, "", HttpFailure::untrusted},
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
      CHECK(response.error().failure == c.failure);
    }
  }
}

TEST_CASE("what keeps a TLS server from being believed is told apart, with what to do about it") {
  signal(SIGPIPE, SIG_IGN);
  struct Case {
    std::string_view name;
    const char* alt_name;
    long until;
    int newest;
    bool authority_known;
    std::string says;
  };
  const std::string many = "DNS:a.example,IP:10.0.0.1,IP:::1,DNS:d.example,DNS:e.example";
  const Case cases[] = {
      {"unknown authority", "DNS:localhost", 3600, 0, false,
       "(self-signed certificate): name the file of its authority with --ca-file or in "
       "BYOK_CA_FILE\n"},
      {"another name", "DNS:byok.example", 3600, 0, true,
       ", its certificate is for byok.example, not for localhost: give byokd's address by a name "
       "that its certificate is for with --addr\n"},
      {"many names", many.c_str(), 3600, 0, true,
       "its certificate is for a.example, 10.0.0.1, ::1 and 2 more, not for localhost: "},
      {"only a common name", "email:ops@byok.example", 3600, 0, true,
       "its certificate is for test, not for localhost: "},
      {"expired", "DNS:localhost", -3600, 0, true,
       "(certificate has expired): give byokd another certificate in tls.cert, or set the clock "
       "here\n"},
      {"old TLS", "DNS:localhost", 3600, TLS1_1_VERSION, true,
       "the two do not agree on TLS (tlsv1 alert protocol version): see that byokd answers there"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    testing::TempFolder dir;
    TlsServer server(c.alt_name, c.until, c.newest);
    std::vector<std::string> words{"--addr", "https://localhost:" + std::to_string(server.port())};
    if (c.authority_known) words.insert(words.end(), {"--ca-file", server.authority_file(dir)});
    words.emplace_back("list");
    const testing::Ran ran = testing::run_byok(words);
    CAPTURE(ran.err);
    CHECK(ran.exit == 3);
    CHECK(ran.err.find(c.says) != std::string::npos);
    CHECK((ran.err.find("--ca-file") != std::string::npos) == !c.authority_known);
  }
}

TEST_CASE("a server without TLS is told as that") {
  struct Case {
    std::string_view name;
    std::string answer;
    std::string says;
  };
  const Case cases[] = {
      {"HTTP", "HTTP/1.1 400 Bad Request\r\n\r\n", ", it does not speak TLS: "},
      {"an end", "", ", it hung up instead of speaking TLS: "},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const PlainServer server(c.answer);
    const std::string address = "https://127.0.0.1:" + std::to_string(server.port());
    const testing::Ran ran = testing::run_byok({"--addr", address, "list"});
    CHECK(ran.exit == 3);
    CHECK(ran.err == "byok: cannot list the keys over TLS at " + address + c.says +
                         "give its http:// address with --addr, or that of its TLS\n");
  }
}

TEST_CASE("a file for TLS that cannot be read is told with the system's reason") {
  testing::TempFolder dir;
  const std::string rubbish = dir.write("rubbish", "rubbish");
  TlsServer server("DNS:localhost");
  const std::string address = "https://localhost:" + std::to_string(server.port());
  struct Case {
    std::string option;
    std::string file;
    std::string says;
  };
  const Case cases[] = {
      {"--ca-file", dir / "none", " cannot be read (No such file or directory): name another file"},
      {"--client-cert", dir / "none", " cannot be read (No such file or directory)"},
      {"--ca-file", rubbish, " holds no authority that can be used ("},
  };
  for (const Case& c : cases) {
    CAPTURE(c.option);
    const testing::Ran ran = testing::run_byok({"--addr", address, c.option, c.file, "list"});
    CAPTURE(ran.err);
    CHECK(ran.exit == 2);
    CHECK(ran.err.find(c.file + c.says) != std::string::npos);
    CHECK(ran.err.find("system lib") == std::string::npos);
  }
}

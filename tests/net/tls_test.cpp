// Two channels that speak TLS with each other.
#include <doctest/doctest.h>
#include <openssl/pem.h>
#include <sys/socket.h>

#include <boost/asio/error.hpp>
#include <string>

#include "daemon/net/channel.hpp"
#include "tests/support/wire/certificates.hpp"
#include "tests/support/wire/digest.hpp"

using namespace byok;
namespace asio = net::asio;

namespace {

using Context = Handle<SSL_CTX, SSL_CTX_free>;

Context server_context(const testing::Issued& issued) {
  Context context(SSL_CTX_new(TLS_server_method()));
  Handle<BIO, BIO_free_all> in(BIO_new_mem_buf(issued.certificate.data(), -1));
  Handle<X509, X509_free> certificate(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
  Handle<BIO, BIO_free_all> key_in(BIO_new_mem_buf(issued.key.data(), -1));
  Handle<EVP_PKEY, EVP_PKEY_free> key(
      PEM_read_bio_PrivateKey(key_in.get(), nullptr, nullptr, nullptr));
  REQUIRE(SSL_CTX_use_certificate(context.get(), certificate.get()) == 1);
  REQUIRE(SSL_CTX_use_PrivateKey(context.get(), key.get()) == 1);
  return context;
}

struct Pair {
  explicit Pair(int version = TLS1_3_VERSION) : client_tls(authority) {
    client_tls.speak(version);
    int ends[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0);
    // Small, so that every larger write has to wait.
    const int small = 4096;
    for (int end : ends) setsockopt(end, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    server = std::make_shared<net::Channel>(FileDescriptor(ends[0]), loop, 2048);
    client = std::make_shared<net::Channel>(FileDescriptor(ends[1]), loop, 2048);
    server->start_tls(context.get(), net::TlsSide::server);
    client->start_tls(client_tls.context(), net::TlsSide::client);
  }
  ~Pair() {
    server->close();
    client->close();
    loop.deadlines.stop();
    io.restart();
    io.run();
  }

  void shake_hands() {
    std::optional<net::error_code> at_server, at_client;
    auto shake = [](net::Channel& channel,
                    std::optional<net::error_code>& outcome) -> net::Awaitable<void> {
      outcome = co_await channel.handshake();
    };
    net::spawn(shake(*server, at_server));
    net::spawn(shake(*client, at_client));
    while (!at_server || !at_client) io.run_one();
    REQUIRE_FALSE(*at_server);
    REQUIRE_FALSE(*at_client);
  }
  // Writes all of it in pieces of three parts each; what is left of `told` is how it ended.
  void write(net::Channel& to, const std::string& bytes, std::size_t piece,
             std::optional<net::error_code>& told) {
    auto send = [](net::Channel& into, std::string_view rest, std::size_t size,
                   std::optional<net::error_code>& outcome) -> net::Awaitable<void> {
      while (!rest.empty()) {
        std::string_view now = rest.substr(0, size);
        rest.remove_prefix(now.size());
        const std::size_t third = now.size() / 3;
        net::error_code ec = co_await into.write(now.substr(0, third), now.substr(third, third),
                                                 now.substr(2 * third));
        if (ec) {
          outcome = ec;
          co_return;
        }
      }
      co_await into.flush();
      outcome = net::error_code();
    };
    net::spawn(send(to, bytes, piece, told));
  }
  // Reads until `size` bytes have come, or the end.
  void read(net::Channel& from, std::size_t size, std::string& into,
            std::optional<net::error_code>& ended) {
    auto take = [](net::Channel& channel, std::size_t wanted, std::string& to,
                   std::optional<net::error_code>& outcome) -> net::Awaitable<void> {
      while (to.size() < wanted) {
        net::error_code ec = co_await channel.receive(64 * 1024);
        to += channel.received();
        channel.consume(channel.received().size());
        if (ec) {
          outcome = ec;
          co_return;
        }
      }
      outcome = net::error_code();
    };
    net::spawn(take(from, size, into, ended));
  }

  testing::Authority authority{"test"};
  Context context = server_context(authority.issue(testing::server_subject()));
  testing::ClientTls client_tls;
  asio::io_context io;
  net::Loop loop{io.get_executor()};
  std::shared_ptr<net::Channel> server;
  std::shared_ptr<net::Channel> client;
};

}  // namespace

TEST_CASE("bytes come whole over TLS, both ways at once, in pieces of any size") {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    for (const std::size_t piece : {1, 100, 5'000, 16'384, 40'000, 300'000}) {
      CAPTURE(version);
      CAPTURE(piece);
      Pair pair(version);
      pair.shake_hands();
      const std::size_t size = piece == 1 ? 2'000 : 600'000;
      const std::string there = testing::pattern(0, size);
      const std::string back = testing::pattern(7, size);
      std::optional<net::error_code> wrote[2], read[2];
      std::string got[2];
      pair.write(*pair.client, there, piece, wrote[0]);
      pair.write(*pair.server, back, piece, wrote[1]);
      pair.read(*pair.server, size, got[0], read[0]);
      pair.read(*pair.client, size, got[1], read[1]);
      while (!wrote[0] || !wrote[1] || !read[0] || !read[1]) pair.io.run_one();
      CHECK_FALSE(*wrote[0]);
      CHECK_FALSE(*wrote[1]);
      CHECK(got[0] == there);
      CHECK(got[1] == back);
    }
  }
}

TEST_CASE("an end that was said is told from one that was not") {
  for (const bool said : {true, false}) {
    CAPTURE(said);
    Pair pair;
    pair.shake_hands();
    std::optional<net::error_code> wrote, ended;
    std::string got;
    pair.write(*pair.server, "all there is", 100, wrote);
    if (said) pair.server->end_stream();
    pair.server->close();
    pair.read(*pair.client, 100, got, ended);
    while (!ended) pair.io.run_one();
    CHECK(got == "all there is");
    CHECK(*ended == (said ? net::error_code(asio::error::eof)
                          : net::error_code(asio::error::connection_reset)));
  }
}

TEST_CASE("a write to a peer that never reads ends with the deadline, and says no end") {
  Pair pair;
  pair.shake_hands();
  std::optional<net::error_code> wrote;
  const std::string much(1'000'000, 'x');
  pair.write(*pair.server, much, much.size(), wrote);
  pair.server->deadline().set(net::Milliseconds(1));
  while (!wrote) pair.io.run_one();
  CHECK(*wrote == asio::error::operation_aborted);
  CHECK(pair.server->timed_out());
}

TEST_CASE("a handshake that nobody answers ends with its deadline") {
  Pair pair;
  std::optional<net::error_code> outcome;
  auto shake = [](net::Channel& channel,
                  std::optional<net::error_code>& to) -> net::Awaitable<void> {
    to = co_await channel.handshake();
  };
  pair.server->deadline().set(net::Milliseconds(1));
  net::spawn(shake(*pair.server, outcome));
  while (!outcome) pair.io.run_one();
  CHECK(*outcome == asio::error::operation_aborted);
}

TEST_CASE("a channel that waits for bytes sees new keys, and its peer's leaving") {
  Pair pair;
  pair.shake_hands();
  bool gone = false;
  pair.server->on_hangup([&gone] { gone = true; });
  pair.server->read_ahead();
  SSL* ssl = pair.client->tls()->ssl();
  for (int i = 0; i < 1'000; ++i) {
    REQUIRE(SSL_key_update(ssl, SSL_KEY_UPDATE_NOT_REQUESTED) == 1);
    SSL_do_handshake(ssl);
    pair.io.poll();
  }
  CHECK_FALSE(gone);
  pair.client->close();
  while (!gone) pair.io.run_one();
}

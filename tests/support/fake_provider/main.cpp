// The fake provider: OpenAI, Anthropic and Gemini in one program for tests and for trying byokd out
// without an account. One thread a connection, because its answers sleep, stall and flood.
//
//   fake-provider [--port N] [--tls KIND]... [--make-ca DIR] [--exit-with-stdin]
//
// Listens on 127.0.0.1 (port 0 or none: any free one) and for each --tls (valid, expired,
// wrong-host, self-signed) on one more port with such a certificate. Prints one line a listener:
//   fake-provider: listening on http://127.0.0.1:PORT
//   fake-provider: listening on https://127.0.0.1:PORT (KIND)
// --make-ca writes the authority's certificate to DIR/ca.pem. Runs until SIGTERM, or with
// --exit-with-stdin until its stdin closes.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <list>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <unistd.h>

#include "tests/support/fake_provider/certificates.hpp"
#include "tests/support/fake_provider/session.hpp"
#include "tests/support/fake_provider/state.hpp"

namespace {

using namespace byok::fake;
namespace testing = byok::testing;

struct Options {
  std::uint16_t port = 0;
  std::vector<std::string> tls;
  std::string ca_folder;
  bool exit_with_stdin = false;
};

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    std::string name = argv[i];
    if (name == "--exit-with-stdin") {
      options.exit_with_stdin = true;
      continue;
    }
    if (++i == argc) throw std::runtime_error(name + " needs a value");
    if (name == "--port") {
      options.port = static_cast<std::uint16_t>(std::stoi(argv[i]));
    } else if (name == "--tls") {
      options.tls.push_back(argv[i]);
    } else if (name == "--make-ca") {
      options.ca_folder = argv[i];
    } else {
      throw std::runtime_error("unknown option " + name);
    }
  }
  return options;
}

void accept_forever(const testing::Fd& listener, SSL_CTX* tls, State& state) {
  for (;;) {
    std::thread([fd = testing::accept(listener), tls, &state]() mutable {
      try {
        serve(testing::Stream(std::move(fd), tls), state);
      } catch (const testing::ConnectionLost&) {
        // A handshake that the client broke off, as it should over a bad certificate.
      }
    }).detach();
  }
}

void wait_for_the_end(bool stdin_too) {
  if (stdin_too) {
    char ignored[256];
    while (::read(STDIN_FILENO, ignored, sizeof ignored) > 0) {
    }
    return;
  }
  for (;;) ::pause();
}

void run(const Options& options) {
  static State state;
  static std::list<testing::Fd> listeners;
  static std::list<ServerContext> contexts;
  Authority authority;
  if (!options.ca_folder.empty()) authority.write_pem(options.ca_folder + "/ca.pem");

  listeners.push_back(testing::listen_tcp(options.port));
  std::printf("fake-provider: listening on http://127.0.0.1:%d\n",
              int{testing::port_of(listeners.back())});
  std::thread(accept_forever, std::cref(listeners.back()), nullptr, std::ref(state)).detach();
  for (const std::string& name : options.tls) {
    auto kind = kind_from_name(name);
    if (!kind) throw std::runtime_error("unknown kind of certificate: " + name);
    listeners.push_back(testing::listen_tcp());
    contexts.push_back(authority.server(*kind));
    std::printf("fake-provider: listening on https://127.0.0.1:%d (%s)\n",
                int{testing::port_of(listeners.back())}, name.c_str());
    std::thread(accept_forever, std::cref(listeners.back()), contexts.back().get(), std::ref(state))
        .detach();
  }
  std::fflush(stdout);
  wait_for_the_end(options.exit_with_stdin);
}

}  // namespace

int main(int argc, char** argv) {
  // TLS writes cannot be told to spare us the signal.
  std::signal(SIGPIPE, SIG_IGN);
  // Threads are in the middle of answers: nothing is torn down under their feet.
  std::signal(SIGTERM, [](int) { std::_Exit(0); });
  try {
    run(parse(argc, argv));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "fake-provider: %s\n", error.what());
    std::_Exit(1);
  }
  std::_Exit(0);
}

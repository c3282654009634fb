#include "tests/support/harness/trap.hpp"

#include <sys/socket.h>

namespace byok::testing {

Trap::Trap() : listener_(listen_tcp()), port_(port_of(listener_)) {
  thread_ = std::thread([this] {
    try {
      for (;;) {
        Fd accepted = accept(listener_);
        ++accepted_;
      }
    } catch (const ConnectionLost&) {
      // Shut down.
    }
  });
}

Trap::~Trap() {
  ::shutdown(listener_.get(), SHUT_RDWR);
  thread_.join();
}

int Trap::connections() {
  // Accepted in the order of their coming, and closed once counted.
  Connection(Address{port_, ""}).closed_by_server();
  return accepted_ - ++own_;
}

}  // namespace byok::testing

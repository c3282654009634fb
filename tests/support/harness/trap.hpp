// A listener that nobody has a reason to connect to, and that counts who does.
#pragma once

#include <atomic>
#include <string>
#include <thread>

#include "tests/support/harness/client.hpp"

namespace byok::testing {

class Trap {
 public:
  Trap();
  ~Trap();
  Trap(const Trap&) = delete;
  Trap& operator=(const Trap&) = delete;

  // "127.0.0.1:PORT"
  std::string host() const { return "127.0.0.1:" + std::to_string(port_); }
  std::string url() const { return "http://" + host(); }
  // How many have connected until now. It connects itself, so that everybody who came before was
  // counted, and shows with it that the trap works.
  int connections();

 private:
  Fd listener_;
  std::uint16_t port_;
  std::atomic<int> accepted_{0};
  int own_ = 0;
  std::thread thread_;
};

}  // namespace byok::testing

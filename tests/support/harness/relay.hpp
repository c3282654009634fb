// Stands between two programs and passes their bytes on, while it keeps those of the answers: what
// a proxy before byokd does not hand on is seen here.
#pragma once

#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/harness/client.hpp"

namespace byok::testing {

class Relay {
 public:
  explicit Relay(std::uint16_t target_port);
  // Ends all connections.
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  std::uint16_t port() const { return port_; }
  // Tells the target that no connection asks for more, and waits for the last of its answers.
  void finish();
  // All that was answered since the last call, whether the other side took it or not.
  std::string take_answers();

 private:
  void pass_on(Fd from_client);
  void copy(int from, int to, bool answers);

  Fd listener_;
  std::uint16_t port_;
  std::uint16_t target_port_;
  std::mutex mutex_;
  std::string answers_;
  std::vector<int> open_;  // to be shut down at the end
  std::vector<std::thread> threads_;
  std::thread accepting_;
};

}  // namespace byok::testing

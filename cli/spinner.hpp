// A sign on the terminal that an answer is awaited.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

namespace byok::cli {

// Turns on stderr until stop() or its end, and leaves nothing behind. Whoever is answered at once
// does not see it.
class Spinner {
 public:
  // Does nothing where not `shown`.
  explicit Spinner(bool shown);
  ~Spinner() { stop(); }
  Spinner(const Spinner&) = delete;
  Spinner& operator=(const Spinner&) = delete;

  // Its place on the terminal is empty when this returns. May be called again.
  void stop();

 private:
  void turn();

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace byok::cli

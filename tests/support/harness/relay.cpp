#include "tests/support/harness/relay.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace byok::testing {

Relay::Relay(std::uint16_t target_port)
    : listener_(listen_tcp()), port_(port_of(listener_)), target_port_(target_port) {
  accepting_ = std::thread([this] {
    try {
      for (;;) {
        Fd accepted = accept(listener_);
        std::scoped_lock lock(mutex_);
        open_.push_back(accepted.get());
        threads_.emplace_back(
            [this, fd = std::move(accepted)]() mutable { pass_on(std::move(fd)); });
      }
    } catch (const ConnectionLost&) {
      // Shut down.
    }
  });
}

Relay::~Relay() {
  ::shutdown(listener_.get(), SHUT_RDWR);
  accepting_.join();
  {
    std::scoped_lock lock(mutex_);
    for (int fd : open_) ::shutdown(fd, SHUT_RDWR);
  }
  for (std::thread& thread : threads_) thread.join();
}

void Relay::finish() {
  std::vector<std::thread> ending;
  {
    std::scoped_lock lock(mutex_);
    // What has come already is read all the same.
    for (int fd : open_) ::shutdown(fd, SHUT_RD);
    ending.swap(threads_);
  }
  for (std::thread& thread : ending) thread.join();
}

void Relay::pass_on(Fd from_client) {
  try {
    Stream target = Stream::connect_tcp(target_port_);
    std::thread answers([&] { copy(target.fd(), from_client.get(), true); });
    copy(from_client.get(), target.fd(), false);
    answers.join();
  } catch (const ConnectionLost&) {
    // The client sees that by its own connection.
  }
  // Before it is closed, and its number another's.
  std::scoped_lock lock(mutex_);
  std::erase(open_, from_client.get());
}

// Until `from` ends; then `to` is told so.
void Relay::copy(int from, int to, bool answers) {
  char block[16 * 1024];
  for (;;) {
    const ssize_t got = ::read(from, block, sizeof block);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    if (answers) {
      std::scoped_lock lock(mutex_);
      answers_.append(block, static_cast<std::size_t>(got));
    }
    for (ssize_t sent = 0; sent < got;) {
      const ssize_t put =
          ::send(to, block + sent, static_cast<std::size_t>(got - sent), MSG_NOSIGNAL);
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) break;
      sent += put;
    }
  }
  ::shutdown(to, SHUT_WR);
}

std::string Relay::take_answers() {
  std::scoped_lock lock(mutex_);
  return std::exchange(answers_, "");
}

}  // namespace byok::testing

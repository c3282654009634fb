#include "daemon/net/turn.hpp"

#include <boost/asio/post.hpp>

namespace byok::net {

void Turn::open() {
  open_ = true;
  time_ = {};
  if (opened_) opened_();
}

std::chrono::steady_clock::time_point Turn::time() {
  using Clock = std::chrono::steady_clock;
  if (!open_) return Clock::now();
  if (time_ == Clock::time_point{}) time_ = Clock::now();
  return time_;
}

void Turn::close() {
  send_now();
  written_ = false;
  open_ = false;
  if (closed_) closed_();
}

bool Turn::first_write() {
  if (written_) return false;
  written_ = true;
  if (open_) return true;
  // Stands in the loop's queue behind what is ready now.
  asio::post(executor_, [this] {
    send_now();
    written_ = false;
  });
  return true;
}

bool Turn::defer(Sender& sender, const Gather& bytes) {
  std::size_t size = asio::buffer_size(bytes);
  if (size > most_of_one) return false;
  if (size > gathered_.size() - size_) send_now();
  asio::buffer_copy(asio::buffer(gathered_.data() + size_, size), bytes);
  size_ += size;
  if (!deferred_.empty() && deferred_.back().sender == &sender) {
    deferred_.back().size += size;
  } else {
    deferred_.push_back({&sender, size});
  }
  return true;
}

void Turn::send_now() {
  const char* at = gathered_.data();
  for (const Deferred& one : deferred_) {
    one.sender->send_deferred({at, one.size});
    at += one.size;
  }
  deferred_.clear();
  wipe(gathered_.data(), size_);
  size_ = 0;
}

}  // namespace byok::net

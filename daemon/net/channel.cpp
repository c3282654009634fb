#include "daemon/net/channel.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <cstring>

namespace byok::net {

Channel::Channel(Stream stream, Deadlines& clock, std::size_t capacity)
    : stream_(std::move(stream)),
      deadline_(clock,
                [this] {
                  timed_out_ = true;
                  error_code ignored;
                  stream_.socket().cancel(ignored);
                }),
      buffer_(capacity) {}

void Channel::close() { stream_.close(); }

void Channel::consume(std::size_t size) {
  wipe(buffer_.data() + begin_, size);
  begin_ += size;
  if (begin_ < end_) return;
  if (ahead_size_ > 0) {
    begin_ = ahead_;
    end_ = ahead_ + ahead_size_;
    ahead_size_ = 0;
  } else if (!reading_) {
    begin_ = end_ = 0;
  }
}

void Channel::put_back(std::string_view bytes) {
  if (buffer_.size() - end_ < bytes.size()) buffer_.resize(end_ + bytes.size());
  bytes.copy(buffer_.data() + end_, bytes.size());
  end_ += bytes.size();
}

void Channel::read_ahead() {
  if (reading_ || error_ || ahead_size_ > 0) return;
  // The larger of the stretches before and behind what is held. The one before serves only where
  // what is held is a whole message: what comes next need not join it.
  std::size_t behind = buffer_.size() - end_;
  if (begin_ > behind) {
    start_read(0, begin_);
  } else if (behind > 0) {
    start_read(end_, behind);
  }
}

void Channel::start_read(std::size_t at, std::size_t size) {
  reading_ = true;
  ahead_ = at;
  stream_.read_some(asio::buffer(buffer_.data() + at, size),
                    [self = shared_from_this()](error_code ec, std::size_t count) {
                      self->finish_read(ec, count);
                    });
}

void Channel::finish_read(error_code ec, std::size_t size) {
  reading_ = false;
  error_ = ec;
  if (ahead_ == end_) {
    end_ += size;
  } else if (begin_ == end_) {
    begin_ = ahead_;
    end_ = ahead_ + size;
  } else {
    ahead_size_ = size;
  }
  if (waiter_) {
    Wakeup wakeup = std::move(*waiter_);
    waiter_.reset();
    wakeup();
  } else if (ec && gone_) {
    auto gone = std::move(gone_);
    gone_ = nullptr;
    gone();
  }
}

void Channel::make_room(std::size_t max_capacity) {
  if (begin_ == end_) begin_ = end_ = 0;
  if (end_ < buffer_.size()) return;
  std::size_t held = end_ - begin_;
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, held);
    begin_ = 0;
    end_ = held;
  } else if (buffer_.size() < max_capacity) {
    buffer_.resize(std::min(buffer_.size() * 2, max_capacity));
  }
}

Awaitable<error_code> Channel::receive(std::size_t max_capacity) {
  std::size_t before = end_ - begin_;
  // What was read ahead of this call counts: it may have come while nobody waited.
  if (!reading_) {
    if (error_) co_return error_;
    make_room(max_capacity);
    if (end_ == buffer_.size()) co_return asio::error::no_buffer_space;
    start_read(end_, buffer_.size() - end_);
  }
  while (reading_) {
    co_await asio::async_initiate<const asio::use_awaitable_t<Executor>, void()>(
        [this](auto handler) { waiter_.emplace(std::move(handler)); }, use_awaitable);
  }
  if (end_ - begin_ > before) co_return error_code();
  co_return error_ ? error_ : asio::error::eof;
}

Awaitable<std::pair<error_code, std::size_t>> Channel::read_into(asio::mutable_buffer buffer) {
  auto [ec, size] = co_await stream_.read_some(buffer, asio::as_tuple(use_awaitable));
  co_return std::pair(ec, size);
}

Awaitable<error_code> Channel::write(std::string_view first, std::string_view second,
                                     std::string_view third) {
  Gather from{asio::buffer(first), asio::buffer(second), asio::buffer(third)};
  std::size_t next = 0;
  while (next < from.size()) {
    if (from[next].size() == 0) {
      ++next;
      continue;
    }
    auto [ec, size] = co_await stream_.write_some(from);
    if (ec) co_return ec;
    while (size > 0) {
      std::size_t taken = std::min(size, from[next].size());
      from[next] += taken;
      size -= taken;
      if (from[next].size() == 0) ++next;
    }
  }
  co_return error_code();
}

}  // namespace byok::net

#include "daemon/net/channel.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <cstring>

namespace byok::net {

Channel::Channel(Stream stream, Loop& loop, std::size_t capacity)
    : stream_(std::move(stream)),
      turn_(loop.turn),
      deadline_(loop.deadlines,
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
  if (read_.awaited()) {
    read_.wake();
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

Channel::Receive Channel::receive(std::size_t max_capacity) {
  Receive begun(*this, {});
  // What was read ahead of this call counts: it may have come while nobody waited.
  if (reading_) return begun;
  if (error_) return {*this, error_};
  make_room(max_capacity);
  if (end_ == buffer_.size()) return {*this, asio::error::no_buffer_space};
  start_read(end_, buffer_.size() - end_);
  return begun;
}

error_code Channel::Receive::await_resume() const {
  if (failed_) return failed_;
  if (channel_.received().size() > before_) return {};
  return channel_.error_ ? channel_.error_ : asio::error::eof;
}

Awaitable<error_code> Channel::write(std::string_view first, std::string_view second,
                                     std::string_view third) {
  Gather rest{asio::buffer(first), asio::buffer(second), asio::buffer(third)};
  if (!stream_.is_tls() && !turn_.begin()) return write_at_end_of_turn(rest);
  net::consume(rest, stream_.write_now(rest));
  if (is_empty(rest)) return error_code();
  return write_rest(rest);
}

Awaitable<error_code> Channel::write_at_end_of_turn(Gather rest) {
  co_await turn_.end();
  net::consume(rest, stream_.write_now(rest));
  if (is_empty(rest)) co_return error_code();
  co_return co_await write_rest(rest);
}

Awaitable<error_code> Channel::write_rest(Gather rest) {
  while (!is_empty(rest)) {
    auto [ec, size] = co_await async<error_code, std::size_t>(
        [&](auto done) { stream_.write_some(rest, std::move(done)); });
    if (ec) co_return ec;
    net::consume(rest, size);
  }
  co_return error_code();
}

}  // namespace byok::net

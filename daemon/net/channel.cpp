#include "daemon/net/channel.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <cstring>

namespace byok::net {

Channel::Channel(FileDescriptor socket, Loop& loop, std::size_t capacity)
    : loop_(loop),
      socket_(std::move(socket)),
      deadline_(loop.deadlines, [this] { expire(); }),
      buffer_(capacity) {
  loop_.poller.watch(socket_.fd(), *this);
}

Channel::~Channel() {
  if (deferred_) loop_.turn.send_now();
  if (socket_.is_open()) loop_.poller.forget(socket_.fd(), *this);
}

Awaitable<error_code> Channel::connected() {
  if (std::optional<error_code> known = socket_.connected()) return *known;
  return wait_until_connected();
}

Awaitable<error_code> Channel::wait_until_connected() {
  for (;;) {
    co_await writable_.wait();
    if (timed_out_ || !socket_.is_open()) co_return asio::error::operation_aborted;
    if (std::optional<error_code> known = socket_.connected()) co_return *known;
  }
}

TlsSocket& Channel::start_tls(SSL_CTX* context, TlsSide side) {
  tls_ = std::make_unique<TlsSocket>(context, side, socket_);
  return *tls_;
}

Awaitable<error_code> Channel::handshake() {
  for (;;) {
    if (timed_out_ || !socket_.is_open()) co_return asio::error::operation_aborted;
    if (std::optional<error_code> known = tls_->handshake()) co_return *known;
    co_await writable_.wait();
  }
}

void Channel::close() {
  if (!socket_.is_open()) return;
  if (deferred_) loop_.turn.send_now();
  loop_.poller.forget(socket_.fd(), *this);
  socket_.close();
  if (!reading_ && writable_.is_empty()) return;
  asio::post(loop_.executor, [self = shared_from_this()] { self->abort(); });
}

void Channel::expect_taking(Milliseconds time) {
  if (!write_deadline_) write_deadline_.emplace(loop_.deadlines, [this] { look_at_taking(); });
  write_time_ = time;
  taken_ = given_ - socket_.untaken();
  write_deadline_->set(time);
}

void Channel::look_at_taking() {
  const std::int64_t taken = given_ - socket_.untaken();
  if (taken - taken_ < least_taken) return expire();
  taken_ = taken;
  write_deadline_->set(write_time_);
}

void Channel::expire() {
  timed_out_ = true;
  abort();
}

// Ends what is under way.
void Channel::abort() {
  auto self = shared_from_this();
  if (reading_) finish_read({asio::error::operation_aborted, 0});
  writable_.wake();
}

void Channel::end_stream() {
  if (deferred_) loop_.turn.send_now();
  if (tls_ && socket_.is_open() && all_sent()) tls_->say_end();
}

void Channel::shut_down_send() {
  end_stream();
  socket_.shut_down_send();
}

void Channel::ready(std::uint32_t events) {
  auto self = shared_from_this();
  socket_.note(events);
  // TLS may have to read in order to write, and the other way round.
  if (tls_ || (events & (EPOLLOUT | EPOLLHUP | EPOLLERR))) {
    if (!unsent_.empty()) send_unsent();
    writable_.wake();
  }
  if (reading_ && socket_.is_open() && may_read()) read_some();
  if (!reading_ && socket_.is_dead()) tell_gone();
}

void Channel::on_hangup(std::function<void()> gone) {
  gone_ = std::move(gone);
  // It has been told, and will not be again.
  if (gone_ && socket_.is_open() && socket_.is_dead()) loop_.poller.again(*this);
}

void Channel::tell_gone() {
  const auto gone = std::exchange(gone_, nullptr);
  if (gone) gone();
}

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

bool Channel::has_unread() const { return tls_ ? tls_->has_bytes() : socket_.has_bytes(); }

void Channel::read_ahead() {
  if (reading_ || error_ || ahead_size_ > 0 || !socket_.is_open()) return;
  // The larger of the stretches before and behind what is held. The one before serves only where
  // what is held is a whole message: what comes next need not join it.
  std::size_t behind = buffer_.size() - end_;
  ahead_ = begin_ > behind ? 0 : end_;
  std::size_t room = std::max(begin_, behind);
  if (room > 0) start_read(buffer_.data() + ahead_, room);
}

// Never ends before it returns.
void Channel::start_read(char* into, std::size_t size) {
  reading_ = true;
  reading_into_ = asio::buffer(into, size);
  // The poller has forgotten a channel that is closed, and must not be asked to call it.
  if (!socket_.is_open()) {
    asio::post(loop_.executor, [self = shared_from_this()] { self->abort(); });
  } else if (may_read()) {
    loop_.poller.again(*this);
  }
}

void Channel::read_some() {
  std::optional<Transferred> got = tls_ ? tls_->read(reading_into_) : socket_.read(reading_into_);
  if (got) {
    finish_read(*got);
  } else if (tls_ && tls_->interrupted()) {
    loop_.poller.again(*this);
  }
}

void Channel::finish_read(Transferred got) {
  reading_ = false;
  if (std::exchange(reading_past_, false)) {
    past_ = got;
    return read_.wake();
  }
  error_ = got.error;
  if (ahead_ == end_) {
    end_ += got.size;
  } else if (begin_ == end_) {
    begin_ = ahead_;
    end_ = ahead_ + got.size;
  } else {
    ahead_size_ = got.size;
  }
  if (read_.awaited()) {
    read_.wake();
  } else if (error_) {
    tell_gone();
  }
}

Awaitable<Transferred> Channel::read_into(asio::mutable_buffer buffer) {
  reading_past_ = true;
  start_read(static_cast<char*>(buffer.data()), buffer.size());
  co_await read_.wait();
  co_return *std::exchange(past_, std::nullopt);
}

void Channel::make_room(std::size_t max_capacity) {
  if (begin_ == end_) begin_ = end_ = 0;
  if (end_ < buffer_.size()) return;
  std::size_t held = end_ - begin_;
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, held);
    wipe(buffer_.data() + std::max(held, begin_), std::min(held, begin_));
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
  ahead_ = end_;
  start_read(buffer_.data() + end_, buffer_.size() - end_);
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
  if (!socket_.is_open()) return error_code(asio::error::bad_descriptor);
  if (!loop_.turn.first_write() && unsent_.empty() && loop_.turn.defer(*this, rest)) {
    deferred_ = true;
    return write_error_;
  }
  if (deferred_) loop_.turn.send_now();
  if (write_error_ || !unsent_.empty()) return write_rest(rest);
  Transferred sent = send(rest);
  net::consume(rest, sent.size);
  if (sent.error || is_empty(rest)) return sent.error;
  return write_rest(rest);
}

std::size_t Channel::write_at_once(std::string_view first, std::string_view second) {
  if (tls_ || !socket_.is_open()) return 0;
  if (deferred_) loop_.turn.send_now();
  if (write_error_ || !unsent_.empty()) return 0;
  return given(socket_.write(Gather{asio::buffer(first), asio::buffer(second)})).size;
}

Awaitable<void> Channel::flush() {
  if (deferred_) loop_.turn.send_now();
  if (unsent_.empty()) co_return;
  // Named, because g++ 12 lays out wrong the frame of what awaits an object and drops it.
  const Gather nothing{};
  [[maybe_unused]] error_code told_later = co_await write_rest(nothing);
}

Transferred Channel::send(std::string_view bytes) {
  if (tls_) return send(Gather{asio::buffer(bytes)});
  return given(socket_.write(bytes));
}

Transferred Channel::send(const Gather& from) {
  return given(tls_ ? tls_->write(from) : socket_.write(from));
}

Transferred Channel::given(Transferred sent) {
  given_ += static_cast<std::int64_t>(sent.size);
  return sent;
}

void Channel::send_deferred(std::string_view bytes) {
  deferred_ = false;
  if (write_error_) return;
  if (unsent_.empty()) {
    Transferred sent = send(bytes);
    write_error_ = sent.error;
    bytes.remove_prefix(sent.size);
  }
  if (!write_error_) unsent_.insert(unsent_.end(), bytes.begin(), bytes.end());
}

void Channel::send_unsent() {
  Transferred sent = send(std::string_view(unsent_.data(), unsent_.size()));
  write_error_ = sent.error;
  if (write_error_ || sent.size == unsent_.size()) {
    WipingBuffer().swap(unsent_);
  } else {
    unsent_.erase(unsent_.begin(), unsent_.begin() + static_cast<std::ptrdiff_t>(sent.size));
  }
}

Awaitable<error_code> Channel::write_rest(Gather rest) {
  for (;;) {
    if (write_error_) co_return write_error_;
    if (unsent_.empty()) {
      if (is_empty(rest)) co_return error_code();
      Transferred sent = send(rest);
      if (sent.error) co_return sent.error;
      net::consume(rest, sent.size);
      if (sent.size > 0) continue;
    }
    if (timed_out_ || !socket_.is_open()) co_return asio::error::operation_aborted;
    co_await writable_.wait();
  }
}

}  // namespace byok::net

// The coroutine type of the daemon, and what its handlers are made of: everything runs on one
// io_context's own executor type, so that no call goes through a type-erased one.
//
// A request passes through several functions that may have to wait and seldom do. An Awaitable is
// therefore a value that is there already, as an ordinary function returns it, or a coroutine that
// will make one: only what waits costs a frame. All of one chain of coroutines run on one thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/system/error_code.hpp>
#include <cassert>
#include <concepts>
#include <coroutine>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace byok::net {

namespace asio = boost::asio;
using boost::system::error_code;

using Executor = asio::io_context::executor_type;

template <class T>
class Awaitable;
void spawn(Awaitable<void> coroutine);

// A coroutine as those see it that it waits for.
class Frame {
 public:
  Frame() = default;
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;

  void resume() { self_.resume(); }
  // Destroys the whole chain that waits: nothing will ever wake it.
  void abandon() {
    Frame* outermost = this;
    while (outermost->awaiter_) outermost = outermost->awaiter_;
    outermost->self_.destroy();
  }

  // Coroutine frames come and go several times a request, in few sizes, and many live at once: they
  // are kept for the next of their size.
  static void* operator new(std::size_t size);
  static void operator delete(void* frame, std::size_t size) noexcept;
  // The one that this thread made last. g++ 12 lays some frames out wrong where an awaited object
  // has no name, and then a handle points elsewhere: builds that check assertions look.
  static const void* newest();

  // What the compiler asks of a promise.
  struct Final {
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> ended) const noexcept {
      Frame& frame = ended.promise();
      frame.ended_ = true;
      if (frame.detached_) {
        ended.destroy();
      } else if (frame.awaiter_sleeps_) {
        return frame.awaiter_->self_;
      }
      return std::noop_coroutine();
    }
    void await_resume() const noexcept {}
  };
  std::suspend_always initial_suspend() const noexcept { return {}; }
  Final final_suspend() const noexcept { return {}; }
  void unhandled_exception() {
    if (detached_) std::terminate();
    failure_ = std::current_exception();
  }

 protected:
  template <class>
  friend class Awaitable;
  friend void spawn(Awaitable<void> coroutine);

  std::coroutine_handle<> self_;
  Frame* awaiter_ = nullptr;     // the coroutine that awaits this one
  bool awaiter_sleeps_ = false;  // and was suspended for it
  bool ended_ = false;
  bool detached_ = false;
  std::exception_ptr failure_;
};

template <class T>
class ValuePromise : public Frame {
 public:
  template <class U = T>
  void return_value(U&& value) {
    value_.emplace(std::forward<U>(value));
  }
  T take() { return std::move(*value_); }

 private:
  std::optional<T> value_;
};

class VoidPromise : public Frame {
 public:
  void return_void() const noexcept {}
  void take() const noexcept {}
};

template <class T>
class [[nodiscard]] Awaitable {
 public:
  struct promise_type : std::conditional_t<std::is_void_v<T>, VoidPromise, ValuePromise<T>> {
    Awaitable get_return_object() {
      auto handle = std::coroutine_handle<promise_type>::from_promise(*this);
      assert(handle.address() == Frame::newest());
      this->self_ = handle;
      return Awaitable(handle);
    }
  };

  // A value that is there already.
  template <class U>
  requires(!std::is_void_v<T> && std::convertible_to<U, T>) Awaitable(U&& value)
      : value_(std::in_place, std::forward<U>(value)) {}  // NOLINT: as wanted

  Awaitable(Awaitable&& other) noexcept
      : coroutine_(std::exchange(other.coroutine_, nullptr)), value_(std::move(other.value_)) {}
  Awaitable& operator=(Awaitable&&) = delete;
  ~Awaitable() {
    if (coroutine_) coroutine_.destroy();
  }

  // As an awaiter. Where await_ready() says so, await_resume() gives the value without waiting.
  bool await_ready() const noexcept { return !coroutine_; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> awaiter) {
    Frame& frame = coroutine_.promise();
    frame.awaiter_ = &awaiter.promise();
    coroutine_.resume();
    // Back here it waits for something, or has ended without waiting.
    frame.awaiter_sleeps_ = !frame.ended_;
    return frame.awaiter_sleeps_;
  }
  T await_resume() {
    if (coroutine_) {
      promise_type& promise = coroutine_.promise();
      if (promise.failure_) std::rethrow_exception(promise.failure_);
      return promise.take();
    }
    if constexpr (!std::is_void_v<T>) return std::move(*value_);
  }

 private:
  friend void spawn(Awaitable<void> coroutine);
  explicit Awaitable(std::coroutine_handle<promise_type> coroutine) : coroutine_(coroutine) {}

  struct Nothing {};
  std::coroutine_handle<promise_type> coroutine_;
  std::optional<std::conditional_t<std::is_void_v<T>, Nothing, T>> value_;
};

// Runs `coroutine` from here to where it first waits, and lets go of it. What it throws ends the
// program: it must catch what it can.
inline void spawn(Awaitable<void> coroutine) {
  auto handle = std::exchange(coroutine.coroutine_, nullptr);
  handle.promise().detached_ = true;
  handle.resume();
}

}  // namespace byok::net

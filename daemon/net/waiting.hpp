// What the innermost coroutine of a chain waits for: one of Asio's operations, or a signal.
#pragma once

#include <coroutine>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "daemon/net/awaitable.hpp"

namespace byok::net {

// Begins an operation where it is awaited and gives what that completes with: the one result, or a
// tuple of them. Made by async().
template <class Start, class... Results>
class Operation {
 public:
  explicit Operation(Start start) : start_(std::move(start)) {}
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;

  bool await_ready() const noexcept { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> awaiter) {
    waiting_ = &awaiter.promise();
    start_(Handler(*this));
    started_ = true;
  }
  auto await_resume() {
    if constexpr (sizeof...(Results) == 1) {
      return std::get<0>(std::move(*results_));
    } else {
      return std::move(*results_);
    }
  }

 private:
  // Asio's completion handler. One that is destroyed uncalled, as happens to what is under way when
  // an io_context ends, takes the coroutines with it that wait for it.
  class Handler {
   public:
    explicit Handler(Operation& operation) : operation_(&operation) {}
    Handler(Handler&& other) noexcept : operation_(std::exchange(other.operation_, nullptr)) {}
    Handler& operator=(Handler&&) = delete;
    ~Handler() {
      if (operation_ && operation_->started_) operation_->waiting_->abandon();
    }
    void operator()(Results... results) {
      Operation& operation = *std::exchange(operation_, nullptr);
      operation.results_.emplace(std::move(results)...);
      operation.waiting_->resume();
    }

   private:
    Operation* operation_;
  };

  Start start_;
  Frame* waiting_ = nullptr;
  bool started_ = false;
  std::optional<std::tuple<Results...>> results_;
};

// `co_await async<error_code>([&](auto done) { timer.async_wait(std::move(done)); })`. `start`
// begins one operation whose signature is void(Results...).
template <class... Results, class Start>
auto async(Start start) {
  return Operation<Start, Results...>(std::move(start));
}

// Where one coroutine waits until somebody on its thread wakes it. It must not go before that.
class Signal {
 public:
  class Awaiter {
   public:
    explicit Awaiter(Signal& signal) : signal_(signal) {}
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> awaiter) { signal_.waiting_ = awaiter; }
    void await_resume() const noexcept {}

   private:
    Signal& signal_;
  };

  Awaiter wait() { return Awaiter(*this); }
  // Whether a coroutine waits here.
  bool awaited() const { return static_cast<bool>(waiting_); }
  // Runs that coroutine, until it waits again; nothing where none waits.
  void wake() {
    if (waiting_) std::exchange(waiting_, nullptr).resume();
  }

 private:
  std::coroutine_handle<> waiting_;
};

// As Signal, for any number of coroutines.
class Crowd {
 public:
  class Awaiter {
   public:
    explicit Awaiter(Crowd& crowd) : crowd_(crowd) {}
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> awaiter) { crowd_.waiting_.push_back(awaiter); }
    void await_resume() const noexcept {}

   private:
    Crowd& crowd_;
  };

  Awaiter wait() { return Awaiter(*this); }
  bool is_empty() const { return waiting_.empty(); }
  // Runs those that wait now, in the order they came, each until it waits again.
  void wake() {
    if (waiting_.empty()) return;
    resuming_.swap(waiting_);
    for (std::coroutine_handle<> coroutine : resuming_) coroutine.resume();
    resuming_.clear();
  }

 private:
  std::vector<std::coroutine_handle<>> waiting_;
  std::vector<std::coroutine_handle<>> resuming_;
};

}  // namespace byok::net

// The coroutine type of the daemon, and what its handlers are made of: everything runs on one
// io_context's own executor type, so that no call goes through a type-erased one.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>

namespace byok::net {

namespace asio = boost::asio;
using boost::system::error_code;

using Executor = asio::io_context::executor_type;

template <class T>
using Awaitable = asio::awaitable<T, Executor>;

inline constexpr asio::use_awaitable_t<Executor> use_awaitable;

// What a suspended coroutine is resumed by when it waits for one thing to be called. Moved out and
// called once: `Wakeup wakeup = std::move(*waiter); waiter.reset(); wakeup();`
using Wakeup = typename asio::async_result<asio::use_awaitable_t<Executor>, void()>::handler_type;

}  // namespace byok::net

#include "daemon/upstream/resolver.hpp"

#include <algorithm>
#include <charconv>

#include "daemon/net/waiting.hpp"

namespace byok::upstream {

namespace asio = net::asio;
using asio::ip::tcp;
using net::Awaitable;
using net::error_code;

struct Resolver::LookUp {
  error_code error;
  Endpoints endpoints;
  bool done = false;
  std::vector<net::Signal*> waiting;
};

namespace {

// The address that `host` is, where it is one.
Endpoints numeric(const std::string& host, const std::string& port) {
  error_code none;
  const asio::ip::address address = asio::ip::make_address(host, none);
  std::uint16_t number = 0;
  const char* end = port.data() + port.size();
  if (none || std::from_chars(port.data(), end, number).ptr != end) return {};
  return {{address, number}};
}

}  // namespace

Awaitable<std::pair<error_code, Endpoints>> Resolver::look_up(const std::string& host,
                                                              const std::string& port,
                                                              net::Milliseconds patience) {
  using Found = std::pair<error_code, Endpoints>;
  if (Endpoints address = numeric(host, port); !address.empty()) {
    co_return Found(error_code(), std::move(address));
  }
  std::shared_ptr<LookUp> found = under_way_[{host, port}];
  if (!found) {
    found = std::make_shared<LookUp>();
    under_way_[{host, port}] = found;
    net::spawn(run({host, port}, found));
  }
  if (found->done) co_return Found(found->error, found->endpoints);
  net::Signal ready;
  net::Deadline deadline(loop_.deadlines, [&ready] { ready.wake(); });
  deadline.set(patience);
  found->waiting.push_back(&ready);
  co_await ready.wait();
  std::erase(found->waiting, &ready);
  if (!found->done) co_return Found(asio::error::timed_out, Endpoints());
  co_return Found(found->error, found->endpoints);
}

// Whatever becomes of it, those who wait are told.
Awaitable<void> Resolver::run(Name name, std::shared_ptr<LookUp> look_up) {
  try {
    auto [error, results] = co_await net::async<error_code, tcp::resolver::results_type>(
        [&](auto done) { resolver_.async_resolve(name.first, name.second, std::move(done)); });
    look_up->error = error;
    for (const auto& entry : results) look_up->endpoints.push_back(entry.endpoint());
  } catch (const std::exception&) {
    // No thread, or no memory, is left to look it up with.
    look_up->error = asio::error::no_memory;
  }
  look_up->done = true;
  under_way_.erase(name);
  while (!look_up->waiting.empty()) {
    net::Signal* next = look_up->waiting.back();
    look_up->waiting.pop_back();
    next->wake();
  }
}

}  // namespace byok::upstream

#include "daemon/upstream/resolver.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <charconv>
#include <mutex>
#include <thread>

#include "daemon/net/waiting.hpp"

namespace byok::upstream {

namespace asio = net::asio;
using asio::ip::tcp;
using net::Awaitable;
using net::error_code;

struct Resolver::LookUp {
  bool done = false;
  Found found;
  std::vector<net::Signal*> waiting;
};

// Where a thread leaves what it found: it may find it when the Resolver is gone.
struct Resolver::Desk {
  std::mutex mutex;
  Resolver* resolver;  // null once it is gone
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

std::pair<error_code, Endpoints> ask_system(const std::string& host, const std::string& port) {
  std::pair<error_code, Endpoints> found;
  try {
    asio::io_context own;
    tcp::resolver resolver(own);
    const auto results = resolver.resolve(host, port, found.first);
    for (const auto& entry : results) found.second.push_back(entry.endpoint());
  } catch (const std::exception&) {
    found = {asio::error::no_memory, {}};
  }
  return found;
}

}  // namespace

Resolver::Resolver(net::Loop& loop) : loop_(loop), desk_(std::make_shared<Desk>()) {
  desk_->resolver = this;
}

Resolver::~Resolver() {
  const std::lock_guard lock(desk_->mutex);
  desk_->resolver = nullptr;
}

Awaitable<std::pair<error_code, Endpoints>> Resolver::look_up(const std::string& host,
                                                              const std::string& port,
                                                              net::Milliseconds patience,
                                                              std::stop_token stop) {
  if (Endpoints address = numeric(host, port); !address.empty()) {
    co_return Found(error_code(), std::move(address));
  }
  const std::shared_ptr<LookUp> look_up = join({host, port});
  if (!look_up) co_return Found(asio::error::no_memory, Endpoints());
  net::Signal ready;
  net::Deadline deadline(loop_.deadlines, [&ready] { ready.wake(); });
  deadline.set(patience);
  // Not at once: whoever gives up is in the midst of something.
  const std::stop_callback give_up(stop, [&deadline] { deadline.set(net::Milliseconds::zero()); });
  look_up->waiting.push_back(&ready);
  co_await ready.wait();
  std::erase(look_up->waiting, &ready);
  if (!look_up->done) co_return Found(asio::error::timed_out, Endpoints());
  co_return look_up->found;
}

// The look-up that is under way, or a new one; null where no thread, or no memory, is left for it.
std::shared_ptr<Resolver::LookUp> Resolver::join(const Name& name) {
  auto [entry, is_new] = under_way_.try_emplace(name);
  if (!is_new) return entry->second;
  try {
    entry->second = std::make_shared<LookUp>();
    std::thread(ask, desk_, name).detach();
  } catch (const std::exception&) {
    under_way_.erase(entry);
    return nullptr;
  }
  return entry->second;
}

// On a thread of its own.
void Resolver::ask(const std::shared_ptr<Desk>& desk, const Name& name) {
  Found found = ask_system(name.first, name.second);
  const std::lock_guard lock(desk->mutex);
  if (!desk->resolver) return;
  auto bring = [desk, name, found = std::move(found)]() mutable {
    // Gone or not, that is settled on this thread.
    if (desk->resolver) desk->resolver->finish(name, std::move(found));
  };
  asio::post(desk->resolver->loop_.executor, std::move(bring));
}

void Resolver::finish(const Name& name, Found found) {
  const std::shared_ptr<LookUp> look_up = std::move(under_way_.extract(name).mapped());
  look_up->found = std::move(found);
  look_up->done = true;
  while (!look_up->waiting.empty()) {
    net::Signal* next = look_up->waiting.back();
    look_up->waiting.pop_back();
    next->wake();
  }
}

}  // namespace byok::upstream

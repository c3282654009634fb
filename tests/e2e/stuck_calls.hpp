// Calls that wait for a provider which never does its part, in each of the ways there are.
#pragma once

#include <sys/socket.h>
#include <sys/time.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/harness/world.hpp"

namespace byok::testing {

struct Stuck {
  std::string_view name;
  std::string provider;
  Request request;      // without its token
  bool upload = false;  // whose body never ends
};

inline const Stuck stuck_calls[] = {
    {"a key that is verified",
     "openai",
     {.method = "POST", .target = "/ai/providers/openai/verify"}},
    {"a key that is verified, with a body that means nothing",
     "openai",
     {.method = "POST", .target = "/ai/providers/openai/verify", .body = "{}"}},
    {"a key that is verified first",
     "openai",
     {.method = "PUT",
      .target = "/ai/providers/openai?verify=true",
      .body = R"({"apiKey":"sk-proj-0123456789abcdef"})"}},
    {"an upload that nobody reads",
     "openai",
     {.method = "POST", .target = "/openai/v1/files", .headers = {{"Content-Length", "90000000"}}},
     true},
    {"a connection that does not come to be",
     "dead",
     {.method = "POST", .target = "/ai/chat", .body = chat_body("dead/m", "hi")}},
    {"an upload without a connection",
     "dead",
     {.method = "POST", .target = "/dead/v1/files", .headers = {{"Content-Length", "90000000"}}},
     true},
    {"a TLS handshake that is not answered",
     "mute",
     {.method = "POST", .target = "/mute/v1/chat/completions", .body = chat_body("m", "hi")}},
    {"a key that is verified over TLS",
     "mute",
     {.method = "POST", .target = "/ai/providers/mute/verify"}},
    {"a name that nobody knows the address of",
     "silent",
     {.method = "POST", .target = "/ai/chat", .body = chat_body("silent/m", "hi")}},
};

// A listener whose queue is full: who connects waits for ever.
class FullQueue {
 public:
  FullQueue() : listener_(listen_tcp()) {
    ::listen(listener_.get(), 0);
    queued_.push_back(Stream::connect_tcp(port_of(listener_)));
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_of(listener_)); }

 private:
  Fd listener_;
  std::vector<Stream> queued_;
};

// A byokd with those providers, and a tenant with a key for each. No time limit of a call comes to
// pass in it.
class StuckWorld {
 public:
  explicit StuckWorld(std::vector<std::string> more = {})
      : world(with_providers(std::move(more)),
              {{"LD_PRELOAD", program("names_shim.so")},
               // A sanitizer's runtime would rather be the first library that is loaded.
               {"ASAN_OPTIONS", "verify_asan_link_order=0"}}) {
    for (const char* provider : {"openai", "dead", "mute", "silent"}) {
      world.put_key(tenant, provider, make_key("sk-proj-"));
    }
  }

  // Makes the call, and waits until it is stuck.
  std::unique_ptr<Connection> begin(const Stuck& call) {
    world.fake.forget_script();
    world.fake.script(call.upload ? R"([{"stop_reading":true}])" : R"([{"stall":true}])");
    const std::string count = "byok_upstream_connects_total{provider=\"" + call.provider + "\"} ";
    const int before = metric(count);
    world.fake.forget_calls();
    auto connection = std::make_unique<Connection>(world.byokd.tcp());
    Request request = call.request;
    request.headers = bearer(tenant.token, request.headers);
    connection->send(request);
    if (call.upload) fill(*connection);
    if (call.provider == "mute") {
      Stream& peer = peers_.emplace_back(accept(mute_));
      char hello[1];
      peer.read_some(hello, sizeof hello);
    } else if (call.provider != "openai") {
      wait_until([&] { return metric(count) > before; });
    } else if (!call.upload) {
      wait_until([&] { return !world.fake.calls().empty(); });
    }
    return connection;
  }

 private:
  FullQueue dead_;
  Fd mute_ = listen_tcp();
  std::vector<Stream> peers_;

 public:
  World world;
  Tenant tenant = world.make_tenant("acme");

 private:
  std::vector<std::string> with_providers(std::vector<std::string> settings) const {
    const std::string mute = "https://127.0.0.1:" + std::to_string(port_of(mute_));
    settings.insert(
        settings.end(),
        {"workers=1", "upstream.connect_timeout=200s", "provider.dead.base_url=" + dead_.url(),
         "provider.dead.format=openai", "provider.mute.base_url=" + mute,
         "provider.mute.format=openai", "provider.silent.base_url=http://silent.test",
         "provider.silent.format=openai"});
    return settings;
  }
  template <class Condition>
  static void wait_until(Condition condition) {
    if (!eventually(condition, patience)) throw TimedOut("a call does not get stuck");
  }
  int metric(const std::string& begin) const {
    const std::string all = world.admin("GET", "/metrics").body;
    const std::size_t at = all.find("\n" + begin);
    return at == all.npos ? 0 : std::stoi(all.substr(at + 1 + begin.size()));
  }
  // Until nobody takes any more.
  static void fill(Connection& connection) {
    timeval limit{0, 500'000};
    ::setsockopt(connection.stream().fd(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    try {
      for (;;) connection.send_raw(std::string(1 << 16, 'x'));
    } catch (const ConnectionLost&) {
    }
  }
};

}  // namespace byok::testing

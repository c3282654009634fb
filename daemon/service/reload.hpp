// Reading the configuration anew, as an operator asks for it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "daemon/audit/chain.hpp"
#include "daemon/net/awaitable.hpp"

namespace byok::service {

struct Worker;

// Names of settings, in no order that matters.
struct Reloaded {
  std::vector<std::string> applied;        // changed, and in force from here on
  std::vector<std::string> needs_restart;  // differ from what runs, and stay as they were
};

// Reloads one after the other, in the order in which they were asked for.
class Reloader {
 public:
  virtual ~Reloader() = default;

  // Errc::bad_request, with a line for each thing that is wrong with the configuration;
  // Errc::audit_unavailable; Errc::draining. All or nothing: where it fails, all stays as it was.
  using Done = std::function<void(Result<Reloaded>)>;
  // Any thread. `by` asked for it. `done` is called on another thread, once every worker's next
  // call goes by the new one; it must not throw.
  virtual void reload(audit::Actor by, Done done) = 0;
};

// The same, waited for by a worker.
net::Awaitable<Result<Reloaded>> reload(Worker& worker, audit::Actor by);

}  // namespace byok::service

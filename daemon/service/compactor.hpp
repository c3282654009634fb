// When the database is compacted: where an operator asks for it, and by itself after a DEK has been
// destroyed, so that no old page of the file keeps it for long.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include "common/time.hpp"
#include "daemon/log.hpp"
#include "daemon/net/awaitable.hpp"
#include "daemon/store/store.hpp"
#include "daemon/store/writer.hpp"

namespace byok::service {

struct Worker;

// Any thread may call its functions.
class Compactor {
 public:
  // All outlive this. `least_interval`: between two that begin by themselves.
  Compactor(store::Environment& environment, store::Writer& writer, const daemon::Logger& log,
            std::chrono::milliseconds least_interval);

  // Any thread; see the constructor.
  void set_least_interval(std::chrono::milliseconds least_interval);
  // Called again and again: begins one where it is due, the last is long enough ago, and all of
  // them together take no more than 1 % of the time.
  void tick();
  // Begins one now, or where others wait for the writer, in its turn. `done` is called on the
  // writer's thread; it must not throw.
  using Done = std::function<void(Result<store::Compacted>)>;
  void submit(Done done);

  struct Figures {
    bool due;
    std::optional<UnixTime> finished_at;   // the latest of this process
    std::optional<std::string> postponed;  // why the latest could not be
    std::uint64_t done;                    // by this process
    std::uint64_t failed;
  };
  Figures figures() const;

 private:
  struct State;
  store::Environment& environment_;
  store::Writer& writer_;
  std::shared_ptr<State> state_;  // outlives this where the writer still has to answer
};

// submit(), waited for by a worker.
net::Awaitable<Result<store::Compacted>> compact(Worker& worker);

}  // namespace byok::service

// One worker's connections to providers: idle ones kept for the next call, new ones made when none
// is.
#pragma once

#include <boost/intrusive/list.hpp>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/error.hpp"
#include "common/file_descriptor.hpp"
#include "common/http1/message.hpp"
#include "daemon/net/channel.hpp"
#include "daemon/upstream/pool_counters.hpp"
#include "daemon/upstream/resolver.hpp"
#include "daemon/upstream/target.hpp"

namespace byok::upstream {

struct Limits {
  net::Milliseconds connect_timeout{5'000};       // name look-up, TCP, proxy and TLS together
  net::Milliseconds first_byte_timeout{300'000};  // from the request's end to the answer's head
  net::Milliseconds idle_timeout{120'000};        // between two bytes; and of a pooled connection
  std::size_t max_idle = 256;                     // pooled connections to one target
};

class Pool {
 public:
  // Something that uses its connections.
  class User : public boost::intrusive::list_base_hook<
                   boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
   public:
    // Ends what is under way, from elsewhere on the same thread; whoever waits for it runs later.
    virtual void cancel() = 0;

   protected:
    ~User() = default;
  };

  // Counts in `counters`, by the targets' slots; they outlive its connections.
  Pool(net::Loop& loop, const Limits& limits, std::span<PoolCounters> counters);

  const Limits& limits() const { return limits_; }

  // An idle connection to `target`, or null.
  std::shared_ptr<net::Channel> take(const Target& target);
  // A new one. `target` outlives that. Errc::provider_unreachable or Errc::provider_timeout. Given
  // up soon once `stop` is requested, on this thread.
  net::Awaitable<Result<std::shared_ptr<net::Channel>>> connect(const Target& target,
                                                                std::stop_token stop);
  // Takes back one on which a call has ended with nothing unread or unwritten.
  void give_back(const Target& target, std::shared_ptr<net::Channel> channel);
  // Where the heads of answers are read, one at a time: too large to be kept with each call.
  http1::ResponseHead& response_head() { return response_head_; }
  // Keeps to `limits` from here on, and of the idle connections only those of such names.
  void adopt(const Limits& limits, const std::vector<std::string>& connection_names);
  // Closes what is idle.
  void clear();
  // Has abort() cancel `user` until that goes, at once where it was called already.
  void join(User& user);
  // Cancels all users that there are, and that will be.
  void abort();

 private:
  using Idle = std::vector<std::shared_ptr<net::Channel>>;
  PoolCounters& counters_of(const Target& target) { return counters_[target.slot]; }
  void drop(const net::Channel& dead);
  static void close(Idle& idle);
  net::Awaitable<Result<std::shared_ptr<net::Channel>>> dial(const Target& target,
                                                             net::Clock::time_point until,
                                                             std::stop_token stop);
  net::Awaitable<Result<void>> secure(net::Channel& channel, const Target& target);

  net::Loop& loop_;
  Limits limits_;
  std::span<PoolCounters> counters_;
  Resolver resolver_;
  std::unordered_map<std::string, Idle> idle_;  // by the targets' connection_name
  http1::ResponseHead response_head_;
  boost::intrusive::list<User, boost::intrusive::constant_time_size<false>> users_;
  bool aborted_ = false;
};

}  // namespace byok::upstream

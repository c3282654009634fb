// Looks up names for one worker. The system can only be asked by a thread that waits, so each
// look-up has one, and calls that begin together share it; nothing is kept behind it, since nobody
// tells here for how long it would be good.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "daemon/net/loop.hpp"

namespace byok::upstream {

using Endpoints = std::vector<net::asio::ip::tcp::endpoint>;

class Resolver {
 public:
  explicit Resolver(net::Loop& loop);
  // Does not wait for what is under way, and neither does the loop: a name server may be silent for
  // longer than anybody has time.
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // The addresses of `host`, a name or an address itself, with that port, in the order to try them;
  // none where there are none. net::asio::error::timed_out after `patience`, and soon once `stop`
  // is requested on this thread, though the look-up goes on.
  net::Awaitable<std::pair<net::error_code, Endpoints>> look_up(const std::string& host,
                                                                const std::string& port,
                                                                net::Milliseconds patience,
                                                                std::stop_token stop);

 private:
  struct LookUp;
  struct Desk;
  using Name = std::pair<std::string, std::string>;
  using Found = std::pair<net::error_code, Endpoints>;
  static void ask(const std::shared_ptr<Desk>& desk, const Name& name);
  std::shared_ptr<LookUp> join(const Name& name);
  void finish(const Name& name, Found found);

  net::Loop& loop_;
  std::shared_ptr<Desk> desk_;
  std::map<Name, std::shared_ptr<LookUp>> under_way_;
};

}  // namespace byok::upstream

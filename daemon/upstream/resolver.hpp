// Looks up names for one worker. The system resolves one name at a time on a thread of its own, so
// calls that begin together share one look-up; nothing is kept behind it, since nobody tells here
// for how long it would be good.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "daemon/net/loop.hpp"

namespace byok::upstream {

using Endpoints = std::vector<net::asio::ip::tcp::endpoint>;

class Resolver {
 public:
  explicit Resolver(net::Loop& loop) : loop_(loop), resolver_(loop.executor) {}

  // The addresses of `host`, a name or an address itself, with that port, in the order to try them;
  // none where there are none. net::asio::error::timed_out after `patience`, though the look-up
  // goes on.
  net::Awaitable<std::pair<net::error_code, Endpoints>> look_up(const std::string& host,
                                                                const std::string& port,
                                                                net::Milliseconds patience);

 private:
  struct LookUp;
  using Name = std::pair<std::string, std::string>;
  net::Awaitable<void> run(Name name, std::shared_ptr<LookUp> look_up);

  net::Loop& loop_;
  net::asio::ip::basic_resolver<net::asio::ip::tcp, net::Executor> resolver_;
  std::map<Name, std::shared_ptr<LookUp>> under_way_;
};

}  // namespace byok::upstream

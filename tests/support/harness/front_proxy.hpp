// nginx or HAProxy before byokd, as its operator might run them: the real programs, configured in a
// few lines, listening on a Unix socket so that no port has to be chosen. One thread each, so that
// what it does comes in order.
#pragma once

#include <memory>
#include <string>

#include "tests/support/harness/client.hpp"
#include "tests/support/harness/process.hpp"
#include "tests/support/temp_folder.hpp"

namespace byok::testing {

enum class ProxyKind { nginx, nginx_unbuffered, haproxy };

std::string_view name_of(ProxyKind kind);
// Whether both programs are installed.
bool has_proxies();

class FrontProxy {
 public:
  // Throws where it is not installed or does not come up.
  FrontProxy(ProxyKind kind, std::uint16_t target_port);

  Address address() const { return {0, folder_ / "proxy.sock"}; }

 private:
  TempFolder folder_;
  std::unique_ptr<Process> process_;
};

}  // namespace byok::testing

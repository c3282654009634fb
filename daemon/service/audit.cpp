#include "daemon/service/audit.hpp"

#include "daemon/audit/trail.hpp"
#include "daemon/service/pause.hpp"

namespace byok::service {

audit::Actor actor_of(const Exchange& exchange) {
  return {exchange.principal.caller.str(), exchange.peer(), std::string(exchange.id.view())};
}

void tell_unreadable(Worker& worker, const TenantId& tenant, std::string_view provider) {
  const bool key = !provider.empty();
  worker.shared.log.error(key ? "key.unreadable" : "tenant.unreadable",
                          {{"tenant", tenant}, {"provider", key ? provider : "-"}});
  worker.shared.trail.count(key ? "key.unreadable" : "tenant.unreadable", {},
                            key ? tenant.str() + "/" + std::string(provider) : tenant.str());
}

std::vector<std::string> audit_tail(Worker& worker, std::size_t most) {
  return audit::tail(audit::take_snapshot(worker.shared.trail.path()), most);
}

net::Awaitable<audit::Verdict> verify_audit(Worker& worker, std::uint64_t from) {
  const audit::Trail& trail = worker.shared.trail;
  // First, so that the files hold at least as much.
  const audit::Head head = trail.head();
  audit::Verification verification(trail.chain(), audit::take_snapshot(trail.path()), head, from);
  while (verification.step()) co_await pause(worker);
  co_return std::move(verification).verdict();
}

}  // namespace byok::service

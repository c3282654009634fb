#include "daemon/open_tls.hpp"

#include <unistd.h>

#include "daemon/say.hpp"
#include "daemon/user.hpp"

namespace byok::daemon {

Result<void> check_tls(const Settings& settings) {
  if (!listens_over_tls(settings)) return {};
  auto reader = uid_of(settings);
  if (!reader) return reader.error();
  auto loaded = http::load_server_tls(settings.tls, *reader);
  if (!loaded) return loaded.error();
  for (const std::string& warning : (*loaded)->warnings()) {
    say("warning: " + warning);
  }
  return {};
}

Result<std::shared_ptr<const http::ServerTls>> load_tls(const Settings& settings) {
  return http::load_server_tls(settings.tls, ::geteuid());
}

void tell_tls(const http::ServerTls& tls, const Logger& log) {
  log.info("tls.loaded",
           {{"notAfter", to_rfc3339(tls.not_after())}, {"sha256", tls.fingerprint()}});
  for (const std::string& warning : tls.warnings()) {
    log.warn("tls.certificate", {{"reason", warning}});
  }
}

Result<std::unique_ptr<http::TlsSource>> open_tls(const Settings& settings, const Logger& log) {
  if (!listens_over_tls(settings)) return std::unique_ptr<http::TlsSource>();
  auto loaded = load_tls(settings);
  if (!loaded) return loaded.error();
  tell_tls(**loaded, log);
  return std::make_unique<http::TlsSource>(std::move(*loaded));
}

}  // namespace byok::daemon

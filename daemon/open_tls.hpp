// TLS of the listeners, out of the settings: at start, in a check, and anew while byokd serves.
#pragma once

#include <memory>

#include "common/error.hpp"
#include "daemon/http/server_tls.hpp"
#include "daemon/log.hpp"
#include "daemon/settings.hpp"

namespace byok::daemon {

// Reads all, prints to stderr what could be better, and puts it to no use: for --check-config.
// Errc::bad_request with a sentence for the operator, here and below.
Result<void> check_tls(const Settings& settings);

// Reads certificate, key and client CA as this process's user.
Result<std::shared_ptr<const http::ServerTls>> load_tls(const Settings& settings);

// Tells in the log what was read, and what is wrong with it.
void tell_tls(const http::ServerTls& tls, const Logger& log);

// Both, at the start. Null where no listener speaks TLS.
Result<std::unique_ptr<http::TlsSource>> open_tls(const Settings& settings, const Logger& log);

}  // namespace byok::daemon

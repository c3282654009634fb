// What stands before the command on the command line and in the environment, and what it comes to.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/outcome.hpp"
#include "common/http_address.hpp"
#include "common/http_connection.hpp"
#include "common/ids.hpp"
#include "common/secret.hpp"

namespace byok::cli {

struct Table;

struct Context {
  std::string addr;  // options as given; empty where they are not
  std::string tenant;
  std::string token_file;
  std::string ca_file;
  std::string client_cert;
  std::string client_key;
  bool json = false;
  bool quiet = false;

  // The command that was chosen.
  std::function<Outcome<void>(const Context&)> command;

  // A remark on stderr that --quiet keeps back.
  void note(std::string_view text) const;
  // The same, as a warning.
  void warn(std::string_view text) const;
  // The table on stdout; one without rows is a note instead.
  void list(const Table& table, std::string_view if_empty) const;
};

// --addr, else BYOK_ADDR, else the first of the places where byokd's socket lies.
Outcome<HttpAddress> choose_address(const Context& context);

// The first of `candidates` that is a socket, and not one that a byokd has left behind;
// Exit::unreachable where none is.
Outcome<HttpAddress> first_socket(const std::vector<std::string>& candidates);

// --tenant, else BYOK_TENANT, else nothing.
Outcome<std::optional<TenantId>> choose_tenant(const Context& context);

// --token-file, else BYOK_TOKEN, else an empty secret. Warns about a file that others can read.
Outcome<Secret> choose_token(const Context& context);

// --ca-file, --client-cert and --client-key, each else its variable. Given as options they are
// refused where `address` is not https. Warns about a key that others can read.
Outcome<HttpTlsFiles> choose_tls_files(const Context& context, const HttpAddress& address);

// A provider, tenant or such as the command line names it; what was given is not repeated, since it
// may be a key.
Outcome<ProviderId> provider_argument(const std::string& text);
Outcome<TenantId> tenant_argument(const std::string& text);

}  // namespace byok::cli

#include "cli/context.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <iterator>

#include "cli/files.hpp"
#include "cli/output.hpp"
#include "cli/text.hpp"
#include "common/file_descriptor.hpp"
#include "common/paths.hpp"

namespace byok::cli {
namespace {

// Not a std::string: the token's variable is read through here too.
std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

bool is_socket(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode);
}

// Left behind by a byokd that has ended.
bool is_dead(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return false;
  path.copy(address.sun_path, sizeof address.sun_path);
  const FileDescriptor probe(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  return connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
         errno == ECONNREFUSED;
}

// What a header may hold: a token with a line break or a blank inside is none.
Outcome<Secret> checked_token(Secret token, std::string_view source) {
  std::string_view text = token.reveal();
  bool visible = std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  if (text.empty() || !visible) {
    return usage_error(
        fmt::format("{} holds no token: put the text there that "
                    "`byok token create` printed",
                    source));
  }
  return token;
}

}  // namespace

void Context::note(std::string_view text) const {
  if (!quiet) remark(text);
}

void Context::warn(std::string_view text) const {
  if (!quiet) complain(fmt::format("warning: {}", text));
}

void Context::list(const Table& table, std::string_view if_empty) const {
  if (table.rows.empty()) return note(if_empty);
  print(table);
}

Outcome<HttpAddress> first_socket(const std::vector<std::string>& candidates) {
  for (const std::string& path : candidates) {
    if (is_socket(path) && !is_dead(path)) {
      return HttpAddress{HttpAddress::Kind::unix_socket, path, 0};
    }
  }
  return Failure{Exit::unreachable,
                 "byokd is not running: start it with `byokd`, or say where it is with --addr or "
                 "BYOK_ADDR"};
}

Outcome<HttpAddress> choose_address(const Context& context) {
  std::string given = context.addr.empty() ? std::string(variable("BYOK_ADDR")) : context.addr;
  if (given.empty()) return first_socket(socket_candidates(Env::of_process()));
  auto address = HttpAddress::parse(given);
  if (!address) return usage_error(address.error().message());
  return *address;
}

Outcome<std::optional<TenantId>> choose_tenant(const Context& context) {
  std::string given =
      context.tenant.empty() ? std::string(variable("BYOK_TENANT")) : context.tenant;
  if (given.empty()) return std::optional<TenantId>();
  auto tenant = tenant_argument(given);
  if (!tenant) return tenant.error();
  return std::optional<TenantId>(*tenant);
}

Outcome<Secret> choose_token(const Context& context) {
  if (!context.token_file.empty()) {
    auto file = read_secret_file(context.token_file, "the token file");
    if (!file) return file.error();
    if (file->open_to_others) {
      context.warn("other users can read the token file: take their right with `chmod 600`");
    }
    return checked_token(std::move(file->content), "the token file");
  }
  std::string_view token = variable("BYOK_TOKEN");
  if (token.empty()) return Secret(token);
  return checked_token(Secret(trimmed(token)), "BYOK_TOKEN");
}

Outcome<HttpTlsFiles> choose_tls_files(const Context& context, const HttpAddress& address) {
  struct Choice {
    const std::string& option;
    const char* name;
    const char* variable;
  };
  const Choice choices[] = {{context.ca_file, "--ca-file", "BYOK_CA_FILE"},
                            {context.client_cert, "--client-cert", "BYOK_CLIENT_CERT"},
                            {context.client_key, "--client-key", "BYOK_CLIENT_KEY"}};
  std::string chosen[std::size(choices)];
  const bool tls = address.kind == HttpAddress::Kind::tls;
  for (std::size_t i = 0; i < std::size(choices); ++i) {
    const Choice& choice = choices[i];
    if (!choice.option.empty() && !tls) {
      return usage_error(
          fmt::format("{} is for https:// addresses, and byokd's is {}: leave it out", choice.name,
                      address.str()));
    }
    chosen[i] = choice.option.empty() ? std::string(variable(choice.variable)) : choice.option;
  }
  if (!tls) return HttpTlsFiles();
  auto& [authorities, certificate, key] = chosen;
  if (certificate.empty() && !key.empty()) {
    return usage_error("a client key without its certificate: give --client-cert too");
  }
  struct stat status {};
  const std::string& secret = key.empty() ? certificate : key;
  if (!secret.empty() && stat(secret.c_str(), &status) == 0 && (status.st_mode & 077) != 0) {
    context.warn(fmt::format(
        "other users can read the client key: take their right with `chmod 600 {}`", secret));
  }
  return HttpTlsFiles{authorities, certificate, key};
}

Outcome<ProviderId> provider_argument(const std::string& text) {
  auto provider = ProviderId::parse(text);
  if (!provider) return usage_error("not a provider's name: " + provider.error().message());
  return *provider;
}

Outcome<TenantId> tenant_argument(const std::string& text) {
  auto tenant = TenantId::parse(text);
  if (!tenant) return usage_error("not a tenant's id: " + tenant.error().message());
  return *tenant;
}

}  // namespace byok::cli

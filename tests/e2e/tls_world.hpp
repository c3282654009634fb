// A byokd that listens over TLS, with authorities and certificates of its own.
#pragma once

#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/harness/world.hpp"
#include "tests/support/wire/certificates.hpp"

namespace byok::testing {

struct TlsFiles {
  TempFolder folder;
  Authority authority{"byok test authority"};
  Authority clients{"byok test clients"};
  Issued server = authority.issue(server_subject());
  std::string cert = folder.write("server.pem", server.certificate);
  std::string key = folder.write("server.key", server.key);
  std::string ca = folder.write("ca.pem", authority.pem());
  std::string client_ca = folder.write("clients.pem", clients.pem());

  TlsFiles() {
    // Who closes on us in the midst of a write is told by the write.
    ::signal(SIGPIPE, SIG_IGN);
  }

  std::vector<std::string> settings(std::vector<std::string> more = {}) const {
    std::vector<std::string> all{"tls.cert=" + cert, "tls.key=" + key};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  // Puts new content in a file's place by renaming, as careful programs do.
  void replace(const std::string& file, const std::string& content) const {
    std::filesystem::rename(folder.write("new", content), file);
  }
  // A certificate for clients, with that common name.
  Issued client(const std::string& name) const {
    return clients.issue({.common_name = name, .usage = "clientAuth"});
  }
};

struct TlsWorld {
  // With `client_map` ("NAME=tenant:acme") clients are asked for certificates.
  explicit TlsWorld(std::vector<std::string> more = {},
                    const std::vector<std::string>& client_map = {})
      : world(files.settings(with_clients(std::move(more), client_map))) {}

  TlsFiles files;
  World world;
  ClientTls plain{files.authority};  // without a certificate

  std::vector<std::string> with_clients(std::vector<std::string> settings,
                                        const std::vector<std::string>& client_map) const {
    if (!client_map.empty()) settings.push_back("tls.client_ca=" + files.client_ca);
    for (const std::string& one : client_map) settings.push_back("tls.client_map." + one);
    return settings;
  }
  Address address(const ClientTls& tls) const {
    return {.port = world.byokd.tls_port(), .tls = tls.context()};
  }
  Address address() const { return address(plain); }
  std::string url() const { return "https://127.0.0.1:" + std::to_string(world.byokd.tls_port()); }
};

}  // namespace byok::testing

// The fake provider as a running process, with its control plane as functions.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/harness/client.hpp"
#include "tests/support/harness/process.hpp"
#include "tests/support/temp_folder.hpp"

namespace byok::testing {

// A call as the fake provider saw it.
struct SeenCall {
  std::string method;
  std::string target;
  Headers headers;
  std::string body;  // its first 64 KiB
  std::uint64_t body_size;
  std::string body_sha256;
  std::string key_sha256;

  std::string header(std::string_view name) const {
    const std::string* value = find(headers, name);
    return value ? *value : std::string();
  }
  bool has(std::string_view name) const { return find(headers, name) != nullptr; }
};

class FakeProvider {
 public:
  // `tls`: one more listener for each kind of certificate (valid, expired, wrong-host,
  // self-signed).
  explicit FakeProvider(const std::vector<std::string>& tls = {});

  Address address() const { return {port_, ""}; }
  std::string base_url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  std::string tls_base_url(const std::string& kind) const;
  std::string ca_file() const { return folder_ / "ca.pem"; }

  std::vector<SeenCall> calls() const;
  void forget_calls() const;
  // JSON text: an array of behaviours, as tests/support/fake_provider/session.hpp lists them.
  void script(std::string_view behaviours) const;
  // What is left of it, for calls with that key; for all where it is empty.
  void forget_script(const std::string& key_sha256 = "") const;
  boost::json::object stats() const;
  // Closes the connections that wait between two calls; returns how many.
  std::uint64_t close_idle() const;

 private:
  TempFolder folder_;
  Process process_;
  std::uint16_t port_ = 0;
  std::map<std::string, std::uint16_t> tls_ports_;
};

}  // namespace byok::testing

#include "tests/support/harness/fake_provider.hpp"

#include <boost/json/value_to.hpp>
#include <stdexcept>

#include "common/encoding.hpp"

namespace byok::testing {
namespace {

namespace json = boost::json;

std::vector<std::string> command(const std::string& folder, const std::vector<std::string>& tls) {
  std::vector<std::string> argv{program("fake-provider"), "--exit-with-stdin", "--make-ca", folder};
  for (const std::string& kind : tls) {
    argv.push_back("--tls");
    argv.push_back(kind);
  }
  return argv;
}

std::uint16_t port_in(Process& process, const std::string& scheme, const std::string& kind) {
  auto line = process.wait_for_line(kind.empty() ? scheme : "(" + kind + ")");
  if (!line) throw std::runtime_error("the fake provider did not start: " + process.err());
  std::size_t colon = line->rfind(':');
  return static_cast<std::uint16_t>(std::stoi(line->substr(colon + 1)));
}

SeenCall seen(const json::object& in) {
  auto text = [&](const char* name) { return json::value_to<std::string>(in.at(name)); };
  SeenCall out;
  out.method = text("method");
  out.target = text("target");
  for (const json::value& header : in.at("headers").as_array()) {
    out.headers.push_back({json::value_to<std::string>(header.as_array()[0]),
                           json::value_to<std::string>(header.as_array()[1])});
  }
  if (auto body = from_base64(text("bodyBase64"))) out.body = body->reveal();
  out.body_size = in.at("bodySize").to_number<std::uint64_t>();
  out.body_sha256 = text("bodySha256");
  out.key_sha256 = text("keySha256");
  return out;
}

}  // namespace

FakeProvider::FakeProvider(const std::vector<std::string>& tls)
    : process_(command(folder_.path().string(), tls), clean_environment(folder_.path().string())) {
  port_ = port_in(process_, "http://", "");
  for (const std::string& kind : tls) tls_ports_[kind] = port_in(process_, "https://", kind);
}

std::string FakeProvider::tls_base_url(const std::string& kind) const {
  return "https://127.0.0.1:" + std::to_string(tls_ports_.at(kind));
}

std::vector<SeenCall> FakeProvider::calls() const {
  const json::value list = call(address(), {.target = "/_fake/calls"}).json();
  std::vector<SeenCall> out;
  for (const json::value& entry : list.as_array()) {
    out.push_back(seen(entry.as_object()));
  }
  return out;
}

void FakeProvider::forget_calls() const {
  call(address(), {.method = "DELETE", .target = "/_fake/calls"});
}

void FakeProvider::script(std::string_view behaviours) const {
  Response response = call(
      address(), {.method = "POST", .target = "/_fake/script", .body = std::string(behaviours)});
  if (response.status != 200) throw std::runtime_error("bad script: " + response.body);
}

void FakeProvider::forget_script(const std::string& key_sha256) const {
  const std::string query = key_sha256.empty() ? "" : "?key_sha256=" + key_sha256;
  call(address(), {.method = "DELETE", .target = "/_fake/script" + query});
}

json::object FakeProvider::stats() const {
  return call(address(), {.target = "/_fake/stats"}).json().as_object();
}

std::uint64_t FakeProvider::close_idle() const {
  Response response = call(address(), {.method = "POST", .target = "/_fake/close_idle"});
  return response.json().at("closed").to_number<std::uint64_t>();
}

}  // namespace byok::testing

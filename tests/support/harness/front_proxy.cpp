#include "tests/support/harness/front_proxy.hpp"

#include <stdexcept>

namespace byok::testing {
namespace {

// A client that has sent its last is answered all the same, so that a test can wait for the end of
// each connection. Nothing is tried twice, so that what byokd sees can be counted. Connections to
// byokd are kept and shared: that is what makes a request too many somebody else's.
std::string nginx_settings(const std::string& folder, const std::string& target, bool buffered) {
  std::string temporary;
  for (const char* what : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"}) {
    temporary += std::string("  ") + what + "_temp_path " + folder + "/" + what + ";\n";
  }
  return "daemon off;\nmaster_process off;\npid " + folder +
         "/nginx.pid;\nerror_log stderr;\nevents {}\nhttp {\n  access_log off;\n" + temporary +
         "  client_header_timeout 2s;\n  client_body_timeout 2s;\n  keepalive_timeout 2s;\n"
         "  upstream byokd { server " +
         target + "; keepalive 8; }\n  server {\n    listen unix:" + folder +
         "/proxy.sock;\n    location / {\n      proxy_pass http://byokd;\n"
         "      proxy_ignore_client_abort on;\n      proxy_next_upstream off;\n      "
         "proxy_http_version 1.1;\n      "
         "proxy_set_header Connection \"\";\n"
         "      proxy_set_header Host $host;\n" +
         (buffered ? "" : "      proxy_request_buffering off;\n      proxy_buffering off;\n") +
         "    }\n  }\n}\n";
}

std::string haproxy_settings(const std::string& folder, const std::string& target) {
  return "global\n  nbthread 1\ndefaults\n  mode http\n  timeout connect 2s\n  timeout client 2s\n "
         " timeout server 30s\n"
         "  timeout http-request 2s\n  timeout http-keep-alive 2s\n  retries 0\nfrontend front\n  "
         "bind unix@" +
         folder +
         "/proxy.sock\n  default_backend byokd\nbackend byokd\n  http-reuse always\n"
         "  server one " +
         target + "\n";
}

}  // namespace

std::string_view name_of(ProxyKind kind) {
  switch (kind) {
    case ProxyKind::nginx:
      return "nginx";
    case ProxyKind::nginx_unbuffered:
      return "nginx, unbuffered";
    case ProxyKind::haproxy:
      return "HAProxy";
  }
  return "";
}

bool has_proxies() {
  return std::filesystem::exists("/usr/sbin/nginx") && std::filesystem::exists("/usr/sbin/haproxy");
}

FrontProxy::FrontProxy(ProxyKind kind, std::uint16_t target_port) {
  const std::string folder = folder_.path().string();
  const std::string target = "127.0.0.1:" + std::to_string(target_port);
  // They lie in sbin, which not everybody's PATH has.
  Environment environment = clean_environment(folder);
  environment["PATH"] += ":/usr/sbin";
  std::vector<std::string> command;
  if (kind == ProxyKind::haproxy) {
    command = {"haproxy", "-db", "-f",
               folder_.write("haproxy.cfg", haproxy_settings(folder, target))};
  } else {
    const bool buffered = kind == ProxyKind::nginx;
    command = {"nginx",
               "-e",
               "stderr",
               "-p",
               folder,
               "-c",
               folder_.write("nginx.conf", nginx_settings(folder, target, buffered))};
  }
  process_ = std::make_unique<Process>(command, environment, folder);
  const auto listens = [this] {
    try {
      Connection probe(address());
      return true;
    } catch (const ConnectionLost&) {
      return false;
    }
  };
  if (!eventually(listens)) {
    throw std::runtime_error(command.front() + " did not start: " + process_->err());
  }
}

}  // namespace byok::testing

// Runs byok against a server that gives canned replies.
#pragma once

#include <string>
#include <vector>

#include "tests/cli/canned_server.hpp"
#include "tests/cli/program.hpp"

namespace byok::testing {

using Words = std::vector<std::string>;

struct Served {
  CannedServer server;
  explicit Served(std::vector<Reply> replies)
      : server(CannedServer::On::unix_socket, std::move(replies)) {}

  Ran run(Words arguments, Words environment = {}, const std::string& input = {}) {
    arguments.insert(arguments.begin(), {"--addr", server.address().str()});
    return run_byok(arguments, environment, input);
  }
  Ran run_in(const Surroundings& surroundings, Words arguments, const std::string& input = {}) {
    arguments.insert(arguments.begin(), {"--addr", server.address().str()});
    return run_byok_in(surroundings, arguments, {}, input);
  }
  Ran run_on_terminal(Words arguments) {
    arguments.insert(arguments.begin(), {"--addr", server.address().str()});
    return run_byok_on_terminal(arguments, "\1", "");
  }
  std::string body() const {
    std::string request = server.request();
    return request.substr(request.find("\r\n\r\n") + 4);
  }
  std::string first_line() const {
    std::string request = server.request();
    return request.substr(0, request.find("\r\n"));
  }
  bool sent(const std::string& text) const {
    return server.request().find(text) != std::string::npos;
  }
};

}  // namespace byok::testing

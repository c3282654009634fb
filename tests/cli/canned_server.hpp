// A server that answers with given bytes, and remembers what it was asked.
#pragma once

#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "common/http_address.hpp"
#include "common/http_connection.hpp"
#include "tests/support/temp_folder.hpp"

namespace byok::testing {

struct Reply {
  std::string bytes;
  bool close = false;            // after the answer
  bool before_the_body = false;  // answers once the head is there, and reads no more
};

// A reply that carries `body` with its length.
Reply ok(const std::string& body, const std::string& content_type = "application/json");
Reply error(int status, const std::string& body);
// A stream of server-sent events, chunked.
Reply events(const std::vector<std::string>& data);

// Serves one connection after another on a thread of its own, a reply for each request; after the
// last reply it closes.
class CannedServer {
 public:
  enum class On { unix_socket, tcp };
  CannedServer(On on, std::vector<Reply> replies);
  ~CannedServer();

  HttpAddress address() const { return address_; }
  // The requests so far, head and body as they came.
  std::vector<std::string> requests() const;
  std::string request() const { return requests().at(0); }
  int connections() const;

 private:
  void serve();
  bool serve_one(int connection);

  TempFolder dir_;
  HttpAddress address_;
  FileDescriptor listener_;
  FileDescriptor stop_;
  std::vector<Reply> replies_;
  std::size_t next_ = 0;

  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  int connections_ = 0;

  std::thread thread_;
};

}  // namespace byok::testing

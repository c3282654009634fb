#include "tests/cli/canned_server.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>

namespace byok::testing {
namespace {

bool body_is_complete(const std::string& request) {
  std::size_t head = request.find("\r\n\r\n") + 4;
  if (request.find("Transfer-Encoding: chunked\r\n") < head)
    return request.ends_with("\r\n0\r\n\r\n");
  std::size_t field = request.find("Content-Length: ");
  if (field > head) return true;
  return request.size() - head >= std::stoul(request.substr(field + 16));
}

std::string answer(const std::string& status, const std::string& type, const std::string& body) {
  return "HTTP/1.1 " + status + "\r\nContent-Type: " + type +
         "\r\nX-Byok-Request-Id: r\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         body;
}

}  // namespace

Reply ok(const std::string& body, const std::string& content_type) {
  return {answer("200 OK", content_type, body)};
}

Reply error(int status, const std::string& body) {
  return {answer(std::to_string(status) + " Error", "application/json", body)};
}

Reply events(const std::vector<std::string>& data) {
  std::string bytes =
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX-Byok-Request-Id: r\r\n"
      "Transfer-Encoding: chunked\r\n\r\n";
  for (const std::string& event : data) {
    std::string text = "data: " + event + "\n\n";
    char size[16];
    std::snprintf(size, sizeof size, "%zx\r\n", text.size());
    bytes += size + text + "\r\n";
  }
  return {bytes + "0\r\n\r\n"};
}

CannedServer::CannedServer(On on, std::vector<Reply> replies)
    : stop_(eventfd(0, EFD_CLOEXEC)), replies_(std::move(replies)) {
  if (on == On::unix_socket) {
    address_ = {HttpAddress::Kind::unix_socket, dir_ / "s", 0};
    listener_ = FileDescriptor(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    address_.host.copy(address.sun_path, sizeof address.sun_path - 1);
    bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address);
  } else {
    listener_ = FileDescriptor(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size);
    getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    address_ = {HttpAddress::Kind::plain, "127.0.0.1", ntohs(address.sin_port)};
  }
  if (listen(listener_.get(), 8) != 0) throw std::runtime_error("the test server cannot listen");
  thread_ = std::thread([this] { serve(); });
}

CannedServer::~CannedServer() {
  eventfd_write(stop_.get(), 1);
  thread_.join();
}

std::vector<std::string> CannedServer::requests() const {
  std::lock_guard lock(mutex_);
  return requests_;
}

int CannedServer::connections() const {
  std::lock_guard lock(mutex_);
  return connections_;
}

void CannedServer::serve() {
  while (next_ < replies_.size()) {
    if (!wait_for(listener_.get(), POLLIN, HttpConnection::Deadline::max(), stop_.get())) return;
    FileDescriptor connection(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    {
      std::lock_guard lock(mutex_);
      ++connections_;
    }
    while (next_ < replies_.size() && serve_one(connection.get())) {
    }
  }
}

bool CannedServer::serve_one(int connection) {
  const Reply& reply = replies_[next_];
  std::string request;
  char part[4096];
  for (;;) {
    bool has_head = request.find("\r\n\r\n") != request.npos;
    if (has_head && (reply.before_the_body || body_is_complete(request))) break;
    if (!wait_for(connection, POLLIN, HttpConnection::Deadline::max(), stop_.get())) return false;
    ssize_t size = recv(connection, part, sizeof part, 0);
    if (size <= 0) return false;
    request.append(part, static_cast<std::size_t>(size));
  }
  {
    std::lock_guard lock(mutex_);
    requests_.push_back(request);
  }
  ++next_;
  send(connection, reply.bytes.data(), reply.bytes.size(), MSG_NOSIGNAL);
  return !reply.close;
}

}  // namespace byok::testing

#include "tests/support/harness/client.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>

namespace byok::testing {
namespace {

namespace json = boost::json;

Stream connect(const Address& address) {
  if (address.tls != nullptr) return Stream::connect_tls(address.port, address.tls);
  return address.path.empty() ? Stream::connect_tcp(address.port)
                              : Stream::connect_unix(address.path);
}

std::string format(const Request& request) {
  Headers headers = request.headers;
  if (!find(headers, "host")) headers.insert(headers.begin(), {"Host", "localhost"});
  bool has_body = !request.body.empty() || request.method == "POST" || request.method == "PUT";
  if (has_body && !find(headers, "content-length") && !find(headers, "transfer-encoding")) {
    headers.push_back({"Content-Length", std::to_string(request.body.size())});
  }
  return format_head(request.method + " " + request.target + " HTTP/1.1", headers) + request.body;
}

}  // namespace

std::string Response::header(std::string_view name) const {
  const std::string* value = find(headers, name);
  return value ? *value : std::string();
}

json::value Response::json() const { return json::parse(body); }

std::string Response::text(std::string_view path) const {
  json::error_code error;
  json::value value = json::parse(body, error);
  if (error) return "";
  json::value* found = value.find_pointer("/" + std::string(path), error);
  if (!found) return "";
  return found->is_string() ? json::value_to<std::string>(*found) : json::serialize(*found);
}

Connection::Connection(const Address& address) : stream_(connect(address)), reader_(stream_) {}

void Connection::send(const Request& request) { stream_.write(format(request)); }

Response Connection::read_head(bool answers_head) {
  for (;;) {
    auto head = reader_.read_head();
    if (!head) throw ConnectionLost("the server closed the connection instead of answering");
    Response response;
    response.first_line = head->first_line;
    response.status = std::atoi(head->first_line.substr(head->first_line.find(' ') + 1).c_str());
    if (response.status >= 100 && response.status < 200) {
      ++informational_;
      continue;
    }
    reader_.begin_body(*head, true,
                       answers_head || response.status == 204 || response.status == 304);
    response.headers = std::move(head->headers);
    return response;
  }
}

std::optional<Piece> Connection::read_piece() {
  Piece piece;
  if (!reader_.read_body(piece.bytes)) return std::nullopt;
  piece.at_us = monotonic_us();
  return piece;
}

Response Connection::read(bool answers_head) {
  Response response = read_head(answers_head);
  while (auto piece = read_piece()) response.body += piece->bytes;
  return response;
}

Response Connection::exchange(const Request& request) {
  send(request);
  return read(request.method == "HEAD");
}

bool Connection::closed_by_server(std::chrono::milliseconds limit) {
  char byte = 0;
  try {
    return stream_.read_some(&byte, 1, limit) == 0;
  } catch (const ConnectionLost&) {
    return true;
  } catch (const TimedOut&) {
    return false;
  }
}

Response call(const Address& address, const Request& request) {
  return Connection(address).exchange(request);
}

}  // namespace byok::testing

#include "tests/support/fake_provider/request.hpp"

#include <algorithm>

namespace byok::fake {

Request parse_request(const testing::Head& head) {
  Request request;
  const std::string& line = head.first_line;
  std::size_t first = line.find(' ');
  std::size_t last = line.rfind(' ');
  if (first == line.npos || last == first) return request;
  request.method = line.substr(0, first);
  request.target = line.substr(first + 1, last - first - 1);
  std::size_t question = std::min(request.target.find('?'), request.target.size());
  request.path = request.target.substr(0, question);
  request.query = request.target.substr(std::min(question + 1, request.target.size()));
  request.headers = head.headers;
  return request;
}

Provider provider_of(const Request& request) {
  const std::string& path = request.path;
  auto has = [&](std::string_view name) { return find(request.headers, name) != nullptr; };
  bool models = path == "/v1/models" || path.starts_with("/v1/models/");
  if (path.starts_with("/v1beta/") || path.starts_with("/v1alpha/") ||
      path.starts_with("/upload/") || path.starts_with("/v1/interactions") ||
      (models && (path.find(':') != path.npos || path.find("%3A") != path.npos)) ||
      (models && (has("x-goog-api-key") || query_value(request, "key")))) {
    return Provider::gemini;
  }
  if (path.starts_with("/v1/messages") || has("anthropic-version") || has("x-api-key")) {
    return Provider::anthropic;
  }
  return Provider::openai;
}

std::vector<std::string> credentials(const Request& request) {
  std::vector<std::string> out;
  for (const testing::Header& header : request.headers) {
    if (testing::same_name(header.name, "authorization")) {
      constexpr std::string_view bearer = "Bearer ";
      out.push_back(header.value.starts_with(bearer) ? header.value.substr(bearer.size())
                                                     : header.value);
    } else if (testing::same_name(header.name, "x-api-key") ||
               testing::same_name(header.name, "x-goog-api-key")) {
      out.push_back(header.value);
    }
  }
  if (auto key = query_value(request, "key")) out.push_back(*key);
  return out;
}

std::optional<std::string> query_value(const Request& request, std::string_view name) {
  std::string_view rest = request.query;
  while (!rest.empty()) {
    std::size_t end = std::min(rest.find('&'), rest.size());
    std::string_view pair = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    std::size_t equals = std::min(pair.find('='), pair.size());
    if (pair.substr(0, equals) == name) {
      return std::string(pair.substr(std::min(equals + 1, pair.size())));
    }
  }
  return std::nullopt;
}

KeyVerdict judge(const std::vector<std::string>& keys) {
  if (keys.empty()) return KeyVerdict::missing;
  if (keys.size() > 1) return KeyVerdict::several;
  if (keys.front().find("-bad-") != std::string::npos) return KeyVerdict::rejected;
  if (keys.front().find("-limited-") != std::string::npos) return KeyVerdict::limited;
  return KeyVerdict::good;
}

}  // namespace byok::fake

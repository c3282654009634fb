// A call to the fake provider: which provider it is meant for, and with which key.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/wire/http.hpp"

namespace byok::fake {

enum class Provider { openai, anthropic, gemini };

struct Request {
  std::string method;
  std::string target;
  std::string path;   // without the query
  std::string query;  // behind the question mark
  testing::Headers headers;
  std::string body;
  std::uint64_t body_size = 0;
  std::string body_sha256;  // hex
};

// Splits the request line; the body is filled in later.
Request parse_request(const testing::Head& head);

// By path, and on /v1/models by the headers that the providers' own clients send.
Provider provider_of(const Request& request);

// Every credential in every place that some provider reads, in order of the headers.
std::vector<std::string> credentials(const Request& request);

// The value of a query parameter, percent sequences untouched.
std::optional<std::string> query_value(const Request& request, std::string_view name);

enum class KeyVerdict { good, missing, several, rejected, limited };

// Any key is good unless its text says otherwise: "-bad-" is rejected, "-limited-" may do nothing
// but be recognised.
KeyVerdict judge(const std::vector<std::string>& keys);

}  // namespace byok::fake

// The settings that hold origins, as browsers name where a page comes from (RFC 6454 section 6.1).
#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "common/http1/characters.hpp"
#include "daemon/config_values.hpp"

namespace byok::daemon {
namespace {

bool is_letter(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Any scheme: apps that show pages of their own have their own (capacitor://localhost).
bool is_scheme(std::string_view text) {
  return !text.empty() && is_letter(text[0]) && std::ranges::all_of(text, [](char c) {
    return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
  });
}

// A browser sends other letters than ASCII's as punycode, so that such a name would never fit.
bool is_host(const std::string& text) {
  if (text.starts_with('[') && text.ends_with(']')) {
    unsigned char bytes[sizeof(in6_addr)];
    return inet_pton(AF_INET6, text.substr(1, text.size() - 2).c_str(), bytes) == 1;
  }
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '_';
  });
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  auto [rest, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc() || rest != end || port == 0) return std::nullopt;
  return port;
}

// As a browser writes it; nothing where it is no origin.
std::optional<std::string> parse_origin(std::string text) {
  std::ranges::transform(text, text.begin(), http1::to_lower);
  const std::size_t mark = text.find("://");
  if (mark == text.npos) return std::nullopt;
  const std::string scheme = text.substr(0, mark);
  std::string host = text.substr(mark + 3);
  std::string port;
  const std::size_t colon = host.rfind(':');
  if (colon != host.npos && !host.ends_with(']')) {
    const std::optional<std::uint16_t> number =
        parse_port(std::string_view(host).substr(colon + 1));
    if (!number) return std::nullopt;
    const bool is_default =
        (scheme == "http" && *number == 80) || (scheme == "https" && *number == 443);
    if (!is_default) port = ":" + std::to_string(*number);
    host.resize(colon);
  }
  if (!is_scheme(scheme) || !is_host(host)) return std::nullopt;
  return scheme + "://" + host + port;
}

}  // namespace

Result<void> put_origins(std::vector<std::string>& out, const Value& value) {
  std::vector<std::string> texts;
  if (auto* text = std::get_if<std::string>(&value)) {
    texts = {*text};
  } else if (auto* list = std::get_if<std::vector<std::string>>(&value)) {
    texts = *list;
  } else {
    return complaint(R"(wants a list of origins such as ["https://app.example.com"])");
  }
  std::vector<std::string> origins;
  for (std::string& text : texts) {
    if (text == "*") {
      return complaint(
          R"(does not take "*", which would be every page that a browser opens: name the origins)");
    }
    std::optional<std::string> origin = parse_origin(std::move(text));
    if (!origin) {
      return complaint(
          "wants origins as browsers have them, SCHEME://HOST[:PORT] without a path, such as "
          "https://app.example.com");
    }
    if (std::ranges::find(origins, *origin) == origins.end()) origins.push_back(*std::move(origin));
  }
  out = std::move(origins);
  return {};
}

}  // namespace byok::daemon

#include "daemon/config_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <string_view>
#include <utility>

#include "common/time.hpp"
#include "daemon/credential.hpp"

namespace byok::daemon {
namespace {

std::optional<std::uint64_t> parse_size(std::string_view text) {
  struct Unit {
    std::string_view name;
    int shift;
  };
  constexpr Unit units[] = {{"B", 0}, {"KiB", 10}, {"MiB", 20}, {"GiB", 30}, {"TiB", 40}};
  std::uint64_t count = 0;
  const char* end = text.data() + text.size();
  auto [rest, error] = std::from_chars(text.data(), end, count);
  if (error != std::errc()) return std::nullopt;
  std::string_view name(rest, static_cast<std::size_t>(end - rest));
  for (const Unit& unit : units) {
    if (unit.name != name) continue;
    if (count > std::numeric_limits<std::uint64_t>::max() >> unit.shift) return std::nullopt;
    return count << unit.shift;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> as_size(const Value& value) {
  if (auto* number = std::get_if<std::int64_t>(&value)) {
    if (*number < 0) return std::nullopt;
    return static_cast<std::uint64_t>(*number);
  }
  if (auto* text = std::get_if<std::string>(&value)) return parse_size(*text);
  return std::nullopt;
}

std::filesystem::path absolute(const std::filesystem::path& path,
                               const std::filesystem::path& folder) {
  return (folder / path).lexically_normal();
}

bool is_off(const Value& value) {
  auto* text = std::get_if<std::string>(&value);
  return text != nullptr && *text == "off";
}

}  // namespace

Result<void> put_flag(bool& out, const Value& value) {
  auto* flag = std::get_if<bool>(&value);
  if (flag == nullptr) return complaint("wants true or false");
  out = *flag;
  return {};
}

Result<void> put_count(std::uint32_t& out, const Value& value, std::uint32_t smallest,
                       std::uint32_t largest) {
  auto* number = std::get_if<std::int64_t>(&value);
  if (number == nullptr || *number < smallest || *number > largest) {
    return complaint(fmt::format("wants a whole number from {} to {}", smallest, largest));
  }
  out = static_cast<std::uint32_t>(*number);
  return {};
}

Result<void> put_count_limit(std::optional<std::uint32_t>& out, const Value& value,
                             std::uint32_t largest) {
  if (is_off(value)) {
    out.reset();
    return {};
  }
  std::uint32_t count = 0;
  if (!put_count(count, value, 1, largest)) {
    const bool any = largest == std::numeric_limits<std::uint32_t>::max();
    return complaint(fmt::format(R"(wants a whole number from 1 {}, or "off")",
                                 any ? "on" : fmt::format("to {}", largest)));
  }
  out = count;
  return {};
}

Result<void> put_size(std::uint64_t& out, const Value& value, std::uint64_t smallest) {
  std::optional<std::uint64_t> size = as_size(value);
  if (!size) return complaint(R"(wants a size such as "32MiB" (B, KiB, MiB, GiB or TiB))");
  if (*size < smallest) return complaint(fmt::format("wants at least {} bytes", smallest));
  out = *size;
  return {};
}

Result<void> put_limit(std::optional<std::uint64_t>& out, const Value& value) {
  if (is_off(value)) {
    out.reset();
    return {};
  }
  std::uint64_t size = 0;
  if (!put_size(size, value)) return complaint(R"(wants a size such as "32MiB", or "off")");
  out = size;
  return {};
}

Result<void> put_duration(Duration& out, const Value& value, bool zero) {
  auto* text = std::get_if<std::string>(&value);
  std::optional<Duration> duration = text != nullptr ? parse_duration(*text) : std::nullopt;
  if (!duration) return complaint(R"(wants a duration such as "30s" (ms, s, m, h, d or w))");
  if (!zero && *duration == Duration::zero()) return complaint("wants more than no time at all");
  out = *duration;
  return {};
}

Result<void> put_mode(mode_t& out, const Value& value) {
  auto* text = std::get_if<std::string>(&value);
  mode_t mode = 0;
  bool good = false;
  if (text != nullptr && text->size() <= 4) {
    const char* end = text->data() + text->size();
    auto [rest, error] = std::from_chars(text->data(), end, mode, 8);
    good = error == std::errc() && rest == end && mode <= 0777;
  }
  if (!good) return complaint(R"(wants an octal mode in quotes, such as "0660")");
  out = mode;
  return {};
}

Result<void> put_text(std::string& out, const Value& value) {
  auto* text = std::get_if<std::string>(&value);
  if (text == nullptr || text->empty()) return complaint("wants a text in quotes");
  out = *text;
  return {};
}

Result<void> put_path(std::filesystem::path& out, const Value& value,
                      const std::filesystem::path& folder) {
  auto* text = std::get_if<std::string>(&value);
  if (text == nullptr || text->empty() || text->find('\0') != std::string::npos) {
    return complaint("wants a path in quotes");
  }
  out = absolute(*text, folder);
  return {};
}

Result<void> put_root_key(std::filesystem::path& out, const Value& value,
                          const std::filesystem::path& folder, const Environment& environment) {
  constexpr std::string_view scheme = "file:";
  auto* text = std::get_if<std::string>(&value);
  for (std::string_view later : {"passphrase", "exec:", "pkcs11:"}) {
    if (text != nullptr && text->starts_with(later)) {
      return complaint(fmt::format(
          "names a source ({}) that this version lacks: use file:PATH or credential:NAME",
          later.substr(0, later.find(':'))));
    }
  }
  if (text != nullptr && text->starts_with(credential_scheme)) {
    const std::string_view name = std::string_view(*text).substr(credential_scheme.size());
    if (!is_credential_name(name)) return complaint("wants a credential's name, without a path");
    auto file = credential_file(name, environment);
    if (!file) return complaint("cannot be had: " + file.error().message());
    out = std::move(*file);
    return {};
  }
  if (text == nullptr || !text->starts_with(scheme) || text->size() == scheme.size()) {
    return complaint(R"(wants what holds it, as "file:PATH" or "credential:NAME")");
  }
  return put_path(out, text->substr(scheme.size()), folder);
}

Result<void> put_client_role(std::optional<TenantId>& out, const Value& value) {
  constexpr std::string_view scheme = "tenant:";
  auto* text = std::get_if<std::string>(&value);
  if (text != nullptr && *text == "operator") {
    out.reset();
    return {};
  }
  const bool named = text != nullptr && text->starts_with(scheme);
  Result<TenantId> tenant = TenantId::parse(named ? text->substr(scheme.size()) : std::string());
  if (!tenant)
    return complaint(R"(wants whom the certificate stands for: "tenant:ID" or "operator")");
  out = *tenant;
  return {};
}

Result<void> put_format(std::string& out, const Value& value) {
  auto* text = std::get_if<std::string>(&value);
  if (text == nullptr || (*text != "openai" && *text != "anthropic" && *text != "gemini")) {
    return complaint(R"(wants "openai", "anthropic" or "gemini")");
  }
  out = *text;
  return {};
}

Result<void> put_global_key(std::string& out, const Value& value,
                            const std::filesystem::path& folder) {
  auto* text = std::get_if<std::string>(&value);
  if (text != nullptr && text->empty()) {
    out.clear();
    return {};
  }
  if (text != nullptr && text->starts_with("env:") && text->size() > 4) {
    out = *text;
    return {};
  }
  if (text != nullptr && text->starts_with(credential_scheme) &&
      is_credential_name(std::string_view(*text).substr(credential_scheme.size()))) {
    out = *text;
    return {};
  }
  std::filesystem::path path;
  if (text != nullptr && text->starts_with("file:") && put_path(path, text->substr(5), folder)) {
    out = "file:" + path.native();
    return {};
  }
  return complaint(
      R"(wants where the key lies, as "env:NAME", "file:PATH" or "credential:NAME", never the key )"
      "itself");
}

Result<void> put_auth_header(std::string& out, const Value& value) {
  auto* text = std::get_if<std::string>(&value);
  std::string name = text != nullptr ? *text : "";
  // RFC 9110 section 5.6.2, without what nobody uses in a name.
  bool good = !name.empty() && name.size() <= 64;
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    good = good && ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-');
  }
  // Fields with a meaning of their own: a key there would break the message, or be dropped.
  constexpr std::string_view taken[] = {"connection",
                                        "content-encoding",
                                        "content-length",
                                        "content-type",
                                        "cookie",
                                        "expect",
                                        "host",
                                        "keep-alive",
                                        "te",
                                        "transfer-encoding",
                                        "trailer",
                                        "upgrade"};
  if (!good || std::find(std::begin(taken), std::end(taken), name) != std::end(taken)) {
    return complaint(R"(wants the name of the header that carries the key, such as "api-key")");
  }
  out = name;
  return {};
}

Result<void> put_log_level(LogLevel& out, const Value& value) {
  auto* text = std::get_if<std::string>(&value);
  std::optional<LogLevel> level = text != nullptr ? level_from_name(*text) : std::nullopt;
  if (!level) return complaint(R"(wants "debug", "info", "warn" or "error")");
  out = *level;
  return {};
}

Result<void> put_log_format(LogFormat& out, const Value& value) {
  auto* text = std::get_if<std::string>(&value);
  std::optional<LogFormat> format = text != nullptr ? format_from_name(*text) : std::nullopt;
  if (!format) return complaint(R"(wants "text" or "json")");
  out = *format;
  return {};
}

}  // namespace byok::daemon

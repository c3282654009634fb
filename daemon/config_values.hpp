// How each kind of value is read into its place in Settings. All of them leave `out` alone and fail
// with Errc::bad_request where the value does not fit; the message is the rest of a sentence that
// begins with the setting's name ("wants true or false") and never repeats the value.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/error.hpp"
#include "daemon/config_source.hpp"
#include "daemon/settings.hpp"

namespace byok::daemon {

// What a value lacks, in those words.
inline Error complaint(std::string text) { return {Errc::bad_request, std::move(text)}; }

Result<void> put_flag(bool& out, const Value& value);

// A whole number from `smallest` to `largest`.
Result<void> put_count(std::uint32_t& out, const Value& value, std::uint32_t smallest,
                       std::uint32_t largest);

// The same from 1 to `largest`, or "off": nothing.
Result<void> put_count_limit(std::optional<std::uint32_t>& out, const Value& value,
                             std::uint32_t largest = std::numeric_limits<std::uint32_t>::max());

// "64GiB", "512KiB" or a number of bytes; at least `smallest` bytes.
Result<void> put_size(std::uint64_t& out, const Value& value, std::uint64_t smallest = 1);
// The same, or "off": nothing.
Result<void> put_limit(std::optional<std::uint64_t>& out, const Value& value);

// "30s"; longer than nothing, unless `zero` is allowed.
Result<void> put_duration(Duration& out, const Value& value, bool zero = false);

// An octal text such as "0660".
Result<void> put_mode(mode_t& out, const Value& value);

Result<void> put_text(std::string& out, const Value& value);

// Relative paths start in `folder`, here and below.
Result<void> put_path(std::filesystem::path& out, const Value& value,
                      const std::filesystem::path& folder);

// "file:PATH", or "credential:NAME" for the file that the service manager has handed over.
Result<void> put_root_key(std::filesystem::path& out, const Value& value,
                          const std::filesystem::path& folder, const Environment& environment);

// A list of addresses, or one of them as a text.
Result<void> put_listen(std::vector<ListenAddress>& out, const Value& value,
                        const std::filesystem::path& folder);

// A list of origins, "SCHEME://HOST[:PORT]" each, or one of them as a text; as browsers write them
// in `out`. An empty list is none.
Result<void> put_origins(std::vector<std::string>& out, const Value& value);

// "http(s)://host[:port][/path]", without a slash at the end in `out`.
Result<void> put_base_url(std::string& out, const Value& value);

// The same for byokd itself: its host in lower case, without the scheme's own port.
Result<void> put_public_url(std::string& out, const Value& value);

// "openai", "anthropic" or "gemini".
Result<void> put_format(std::string& out, const Value& value);

// "operator", or "tenant:ID": nothing in `out` stands for an operator.
Result<void> put_client_role(std::optional<TenantId>& out, const Value& value);

// "env:NAME", "file:PATH", or an empty text for no global key.
Result<void> put_global_key(std::string& out, const Value& value,
                            const std::filesystem::path& folder);

// The name of a header field that may carry a credential; lower case in `out`.
Result<void> put_auth_header(std::string& out, const Value& value);

// "debug", "info", "warn" or "error"; "text" or "json".
Result<void> put_log_level(LogLevel& out, const Value& value);
Result<void> put_log_format(LogFormat& out, const Value& value);

}  // namespace byok::daemon

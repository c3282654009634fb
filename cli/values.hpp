// What the values of options and arguments may be. CLI11's type names say it: help shows them, and
// completion knows by them what to offer. A type name with bars, "yes|no", lists all that there is.
#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace byok::cli {

namespace type_names {
inline constexpr const char* file = "FILE";
inline constexpr const char* variable = "VAR";
inline constexpr const char* address = "ADDRESS";
inline constexpr const char* tenant = "TENANT";
inline constexpr const char* provider = "PROVIDER";
inline constexpr const char* stored_provider = "STORED-PROVIDER";  // one whose key is stored
inline constexpr const char* model = "MODEL";
inline constexpr const char* token = "TOKEN-ID";
inline constexpr const char* link = "LINK-ID";
inline constexpr const char* command = "COMMAND";
inline constexpr const char* duration = "DURATION";
inline constexpr const char* day = "YYYY-MM-DD";
}  // namespace type_names

// The parts of "a|b|c"; none of a type name without bars.
std::vector<std::string> listed_values(const std::string& type_name);

// Checks, whose messages harmless_message() passes on: they repeat nothing of the value.
CLI::Validator not_empty();
CLI::Validator whole_number(std::uint64_t least, std::uint64_t most);
CLI::Validator a_day();
CLI::Validator a_duration(std::string_view example);
CLI::Validator a_name();  // of a token
CLI::Validator a_note();  // of a link

// Gives the option the type name "a|b|c" and takes nothing else.
CLI::Option* only(CLI::Option* option, const std::vector<std::string>& values);

}  // namespace byok::cli

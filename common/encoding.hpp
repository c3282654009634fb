// Bytes as text and back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/secret.hpp"

namespace byok {

// Lower-case hexadecimal.
std::string to_hex(std::string_view bytes);

// Base64 with padding (RFC 4648 section 4).
std::string to_base64(std::string_view bytes);
// Nothing where `text` is not padded base64 without line breaks; the result wipes itself, because
// root keys are read through here.
std::optional<Secret> from_base64(std::string_view text);

// CRC-32 as in zlib and PNG (ISO 3309).
std::uint32_t crc32(std::string_view bytes);

// `size` characters of base 62 (0-9 A-Z a-z), most significant first, value taken modulo 62^size.
std::string to_base62(std::uint64_t value, std::size_t size);
// The same, written to `out`.
void write_base62(std::uint64_t value, char* out, std::size_t size);

// Big-endian fixed-width integers, as the records and keys of the database hold them.
void put_u16(std::string& out, std::uint16_t value);
void put_u32(std::string& out, std::uint32_t value);
void put_u64(std::string& out, std::uint64_t value);
// `bytes` holds at least the integer's width.
std::uint16_t get_u16(const char* bytes);
std::uint32_t get_u32(const char* bytes);
std::uint64_t get_u64(const char* bytes);

}  // namespace byok

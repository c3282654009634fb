#include "common/encoding.hpp"

#include <openssl/evp.h>

#include <boost/crc.hpp>
#include <boost/endian/conversion.hpp>

namespace byok {
namespace {

template <class T>
void put_big(std::string& out, T value) {
  char bytes[sizeof(T)];
  boost::endian::endian_store<T, sizeof(T), boost::endian::order::big>(
      reinterpret_cast<unsigned char*>(bytes), value);
  out.append(bytes, sizeof bytes);
}

template <class T>
T get_big(const char* bytes) {
  return boost::endian::endian_load<T, sizeof(T), boost::endian::order::big>(
      reinterpret_cast<const unsigned char*>(bytes));
}

}  // namespace

std::string to_hex(std::string_view bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (char c : bytes) {
    auto byte = static_cast<unsigned char>(c);
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

std::string to_base64(std::string_view bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                             reinterpret_cast<const unsigned char*>(bytes.data()),
                             static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

std::optional<Secret> from_base64(std::string_view text) {
  constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
  // EVP_DecodeBlock takes '-' and misplaced padding for data, and cuts white space off.
  if (text.empty() || text.size() % 4 != 0 ||
      text.substr(0, text.size() - padding).find_first_not_of(alphabet) != text.npos) {
    return std::nullopt;
  }
  Secret out(text.size() / 4 * 3);
  int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                             reinterpret_cast<const unsigned char*>(text.data()),
                             static_cast<int>(text.size()));
  if (size < 0) return std::nullopt;
  out.truncate(static_cast<std::size_t>(size) - padding);
  return out;
}

std::uint32_t crc32(std::string_view bytes) {
  boost::crc_32_type crc;
  crc.process_bytes(bytes.data(), bytes.size());
  return static_cast<std::uint32_t>(crc.checksum());
}

void write_base62(std::uint64_t value, char* out, std::size_t size) {
  constexpr char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  for (std::size_t i = size; i > 0; --i, value /= 62) out[i - 1] = digits[value % 62];
}

std::string to_base62(std::uint64_t value, std::size_t size) {
  std::string out(size, '0');
  write_base62(value, out.data(), size);
  return out;
}

void put_u16(std::string& out, std::uint16_t value) { put_big(out, value); }
void put_u32(std::string& out, std::uint32_t value) { put_big(out, value); }
void put_u64(std::string& out, std::uint64_t value) { put_big(out, value); }
std::uint16_t get_u16(const char* bytes) { return get_big<std::uint16_t>(bytes); }
std::uint32_t get_u32(const char* bytes) { return get_big<std::uint32_t>(bytes); }
std::uint64_t get_u64(const char* bytes) { return get_big<std::uint64_t>(bytes); }

}  // namespace byok

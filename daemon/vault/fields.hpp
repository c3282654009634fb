// The bytes that a record is bound to: fields behind one another, each with its length (32 bits,
// big-endian) before it, so that no two lists of fields give the same bytes. Lives on the stack,
// because two or three are built for every request.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string_view>

namespace byok::vault {

template <std::size_t capacity>
class Fields {
 public:
  // Throws std::length_error where the fields do not fit: ids are bounded, so this is a bug.
  Fields& add(std::string_view field) {
    add_length(field.size());
    append(field);
    return *this;
  }
  Fields& add(std::uint8_t field) {
    char byte = static_cast<char>(field);
    return add(std::string_view(&byte, 1));
  }
  Fields& add(std::uint64_t field) {
    char bytes[8];
    for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<char>(field >> (8 * (7 - i)));
    return add(std::string_view(bytes, 8));
  }
  // The length of a last field that the caller hands on by itself, so that it is not copied.
  Fields& add_length(std::size_t size) {
    if (size > 0xffffffff) throw std::length_error("a field of 4 GiB or more");
    char bytes[4];
    for (std::size_t i = 0; i < 4; ++i) bytes[i] = static_cast<char>(size >> (8 * (3 - i)));
    append(std::string_view(bytes, 4));
    return *this;
  }

  std::string_view view() const { return {bytes_.data(), size_}; }

 private:
  void append(std::string_view bytes) {
    if (bytes.size() > capacity - size_) throw std::length_error("the fields do not fit");
    bytes.copy(bytes_.data() + size_, bytes.size());
    size_ += bytes.size();
  }

  std::array<char, capacity> bytes_;
  std::size_t size_ = 0;
};

}  // namespace byok::vault

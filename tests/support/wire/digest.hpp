// SHA-256 of bodies that are too large to hold, and the bytes of the fake provider's downloads.
#pragma once

#include <openssl/evp.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "common/handle.hpp"

namespace byok::testing {

class Sha256 {
 public:
  Sha256();
  void add(std::string_view bytes);
  // In hex; nothing can be added after.
  std::string finish();

 private:
  Handle<EVP_MD_CTX, EVP_MD_CTX_free> context_;
};

// In hex.
std::string sha256_hex(std::string_view bytes);

// `size` bytes of an endless fixed text, beginning at its byte `offset`: what the fake provider
// serves as the content of the file size-N.
std::string pattern(std::uint64_t offset, std::size_t size);

}  // namespace byok::testing

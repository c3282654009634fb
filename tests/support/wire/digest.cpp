#include "tests/support/wire/digest.hpp"

#include <stdexcept>

#include "common/encoding.hpp"

namespace byok::testing {
namespace {

void check(int done) {
  if (done != 1) throw std::runtime_error("OpenSSL's SHA-256 failed");
}

}  // namespace

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  check(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr));
}

void Sha256::add(std::string_view bytes) {
  check(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()));
}

std::string Sha256::finish() {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  check(EVP_DigestFinal_ex(context_.get(), out, &size));
  return to_hex({reinterpret_cast<char*>(out), size});
}

std::string sha256_hex(std::string_view bytes) {
  Sha256 digest;
  digest.add(bytes);
  return digest.finish();
}

std::string pattern(std::uint64_t offset, std::size_t size) {
  std::string out(size, '\0');
  for (std::size_t i = 0; i < size; ++i) {
    std::uint64_t at = offset + i;
    // A multiplicative hash, so that shifted or swapped pieces never look alike.
    out[i] = static_cast<char>((at * 0x9E3779B97F4A7C15u) >> 56);
  }
  return out;
}

}  // namespace byok::testing

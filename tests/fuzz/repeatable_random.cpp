// OpenSSL 3 still asks a method that was set this way, and has no other door for it that needs no
// provider of one's own.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "tests/fuzz/repeatable_random.hpp"

#include <openssl/rand.h>

#include <cstdlib>
#include <random>

namespace byok::fuzz {
namespace {

std::mt19937 sequence;

int give(unsigned char* out, int size) {
  for (int i = 0; i < size; ++i) out[i] = static_cast<unsigned char>(sequence());
  return 1;
}
int is_ready() { return 1; }

const RAND_METHOD method = {nullptr, give, nullptr, nullptr, give, is_ready};

}  // namespace

void repeat_random() {
  static const bool set = RAND_set_rand_method(&method) == 1;
  if (!set) std::abort();
  sequence.seed(std::mt19937::default_seed);
}

}  // namespace byok::fuzz

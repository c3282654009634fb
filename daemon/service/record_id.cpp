#include "daemon/service/record_id.hpp"

#include "common/crypto.hpp"
#include "common/encoding.hpp"

namespace byok::service {

std::string make_record_id(std::string_view prefix) {
  constexpr std::size_t half = 8;
  char noise[16];
  crypto::random(noise);
  return std::string(prefix) + to_base62(get_u64(noise), half) +
         to_base62(get_u64(noise + 8), half);
}

}  // namespace byok::service

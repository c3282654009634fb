#include "daemon/service/request_ids.hpp"

#include "common/crypto.hpp"
#include "common/encoding.hpp"

namespace byok::service {
namespace {

std::uint64_t random_word() {
  char bytes[8];
  crypto::random(bytes);
  return get_u64(bytes);
}

}  // namespace

RequestIds::RequestIds() : process_(random_word()), state_(random_word()) {}

RequestId RequestIds::next() {
  // One step of splitmix64: a bijection of the counter, so no value repeats.
  state_ += 0x9e3779b97f4a7c15u;
  std::uint64_t mixed = state_;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
  mixed ^= mixed >> 31;
  RequestId id;
  std::string_view("req_").copy(id.text_.data(), 4);
  write_base62(process_, id.text_.data() + 4, 11);
  write_base62(mixed, id.text_.data() + 15, 11);
  return id;
}

}  // namespace byok::service

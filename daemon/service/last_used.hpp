// When keys and tokens were last used: noted in memory on the hot path, written by and by.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "common/crypto.hpp"
#include "common/ids.hpp"
#include "common/time.hpp"
#include "daemon/net/deadline.hpp"
#include "daemon/store/writer.hpp"

namespace byok::service {

// One worker's notes. Bounded, so that very many tenants take neither memory nor the writer's time
// without end: what does not fit is noted at a later use. What has not been written when the
// process dies is lost; nothing depends on it.
class LastUsed {
 public:
  LastUsed(net::Deadlines& deadlines, store::Writer& writer);

  void note_key(const TenantId& tenant, const ProviderId& provider);
  void note_token(const crypto::Digest& hash);

  // Writes what is noted.
  void flush();

 private:
  struct KeyName {
    TenantId tenant;
    ProviderId provider;
  };
  struct Notes {
    std::vector<KeyName> keys;
    std::vector<crypto::Digest> tokens;
  };
  bool is_noted(std::uint64_t hash);

  store::Writer& writer_;
  net::Deadline next_;
  Notes notes_;
  // Hashes of what this interval's notes hold, each at one place: a later one may take it, and the
  // former is noted twice then.
  std::array<std::uint64_t, 1024> noted_{};
};

}  // namespace byok::service

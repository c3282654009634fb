// When keys and tokens were last used: noted in memory on the hot path, written by and by.
#pragma once

#include <string_view>
#include <unordered_map>

#include "common/crypto.hpp"
#include "common/ids.hpp"
#include "common/time.hpp"
#include "daemon/net/deadline.hpp"
#include "daemon/store/writer.hpp"

namespace byok::service {

// One worker's notes. What has not been written when the process dies is lost: nothing depends on
// it.
class LastUsed {
 public:
  LastUsed(net::Deadlines& clock, store::Writer& writer);

  void note_key(const TenantId& tenant, const ProviderId& provider);
  void note_token(const crypto::Digest& hash);

  // Writes what is noted, at once and all of it.
  void flush();

 private:
  struct KeyName {
    TenantId tenant;
    ProviderId provider;
    bool operator==(const KeyName&) const = default;
  };
  struct HashKeyName {
    std::size_t operator()(const KeyName& name) const;
  };
  struct HashDigest {
    std::size_t operator()(const crypto::Digest& digest) const;
  };
  using Keys = std::unordered_map<KeyName, UnixTime, HashKeyName>;
  using Tokens = std::unordered_map<crypto::Digest, UnixTime, HashDigest>;

  void flush_some(std::size_t most);

  store::Writer& writer_;
  net::Deadline next_;
  Keys keys_;
  Tokens tokens_;
};

}  // namespace byok::service

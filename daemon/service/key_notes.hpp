// What the workers learn of keys and tokens by using them: when that was, to the minute, and
// whether the provider takes the key. Noted in memory on the hot path, written by and by.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "common/crypto.hpp"
#include "common/ids.hpp"
#include "common/time.hpp"
#include "daemon/net/deadline.hpp"
#include "daemon/providers/probe.hpp"
#include "daemon/store/store.hpp"
#include "daemon/store/writer.hpp"

namespace byok::service {

// One use of a stored key.
struct KeyUse {
  TenantId tenant;
  ProviderId provider;
  std::uint64_t version;  // of the DEK that it was sealed under: another key has another one
  providers::KeyVerdict verdict = providers::KeyVerdict::unknown;
};

// Writes that down, as used at that time; nothing where the key has been replaced or deleted since.
// A verdict that is unknown leaves the key's status as it is.
void write_use(store::WriteTxn& txn, const KeyUse& use, UnixTime used_at);
// The same of a token.
void write_use(store::WriteTxn& txn, const crypto::Digest& token, UnixTime used_at);

// One worker's notes. Bounded, so that very many tenants take neither memory nor the writer's time
// without end: what does not fit is noted at a later use. What has not been written when the
// process dies is lost; nothing depends on it.
class KeyNotes {
 public:
  // `reader` is the worker's.
  KeyNotes(net::Deadlines& deadlines, store::Reader& reader, store::Writer& writer);

  // A verdict other than what is written of the key is written at once, or nearly: what this worker
  // said last does not count, for another may have learned the contrary since. No transaction of
  // the reader may live.
  void note_key(const KeyUse& use);
  void note_token(const crypto::Digest& hash);

  // Writes what is noted.
  void flush();

 private:
  struct Notes {
    std::vector<KeyUse> keys;  // once more, behind the others, where there is news of one
    std::vector<crypto::Digest> tokens;
  };
  void note_verdict(const KeyUse& use);
  void note_time(const KeyUse& use);
  static void write_from(std::size_t first, store::Writer& writer,
                         const std::shared_ptr<const Notes>& notes, UnixTime used_at);

  store::Reader& reader_;
  store::Writer& writer_;
  net::Deadline next_;
  Notes notes_;
  std::vector<KeyUse> news_;  // verdicts other than what is written, the last one of each key
  // Hashes of what was noted in the last minute, each at one place: a later one may take it, and
  // the former is noted twice then.
  std::array<std::uint64_t, 8192> noted_{};
  int intervals_left_;  // until they are forgotten
};

}  // namespace byok::service

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
#include "daemon/store/writer.hpp"

namespace byok::service {

// One use of a stored key.
struct KeyUse {
  TenantId tenant;
  ProviderId provider;
  std::uint64_t version;  // of the DEK that it was sealed under: another key has another one
  providers::KeyVerdict verdict = providers::KeyVerdict::unknown;
};

// Writes that down, as used at that time; nothing where the key has been replaced or deleted since,
// or where a later use is written: workers write by and by, and what one learned early must not
// undo what another learned since. A verdict that is unknown leaves the key's status as it is.
void write_use(store::WriteTxn& txn, const KeyUse& use, UnixTime used_at);
// The same of a token.
void write_use(store::WriteTxn& txn, const crypto::Digest& token, UnixTime used_at);

// One worker's notes. Bounded, so that very many tenants take neither memory nor the writer's time
// without end: what does not fit is noted at a later use. What has not been written when the
// process dies is lost; nothing depends on it.
class KeyNotes {
 public:
  KeyNotes(net::Deadlines& deadlines, store::Writer& writer);

  // A refused key is written down at once, or nearly.
  void note_key(const KeyUse& use);
  void note_token(const crypto::Digest& hash);

  // Writes what is noted.
  void flush();

 private:
  struct KeyNote {
    KeyUse use;
    UnixTime used_at;
  };
  struct Notes {
    std::vector<KeyNote> keys;
    std::vector<crypto::Digest> tokens;
  };
  static void write_from(std::size_t first, store::Writer& writer,
                         const std::shared_ptr<const Notes>& notes, UnixTime used_at);

  store::Writer& writer_;
  net::Deadline next_;
  Notes notes_;
  // Hashes of what was noted in the last minute, each at one place: a later one may take it, and
  // the former is noted twice then.
  std::array<std::uint64_t, 8192> noted_{};
  int intervals_left_;  // until they are forgotten
};

}  // namespace byok::service

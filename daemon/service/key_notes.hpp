// What the workers learn of keys and tokens by using them: when that was, to the minute, and
// whether the provider takes the key. Noted in memory on the hot path, written by and by.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "daemon/net/deadline.hpp"
#include "daemon/service/key_verdicts.hpp"
#include "daemon/store/store.hpp"
#include "daemon/store/writer.hpp"

namespace byok::service {

// One worker's notes. Bounded, so that very many tenants take neither memory nor the writer's time
// without end: what does not fit is noted at a later use. What has not been written when the
// process dies is lost; nothing depends on it.
class KeyNotes {
 public:
  // `reader` is the worker's; `verdicts`, the process's.
  KeyNotes(net::Deadlines& deadlines, store::Reader& reader, store::Writer& writer,
           KeyVerdicts& verdicts);

  // No transaction of the reader may live.
  void note_key(const KeyUse& use);
  // Of a key that was asked about, and not used.
  void note_verdict(const KeyUse& use);
  void note_token(const crypto::Digest& hash);

  // Writes what is noted.
  void flush();

 private:
  struct Notes {
    std::vector<KeyUse> keys;
    std::vector<crypto::Digest> tokens;
  };
  void note_time(const KeyUse& use);
  void write_notes();
  static void write_from(std::size_t first, store::Writer& writer,
                         const std::shared_ptr<const Notes>& notes, UnixTime used_at);

  store::Reader& reader_;
  store::Writer& writer_;
  KeyVerdicts& verdicts_;
  net::Deadline news_;
  net::Deadline next_;
  Notes notes_;
  // Hashes of what was noted in the last minute, each at one place: a later one may take it, and
  // the former is noted twice then.
  std::array<std::uint64_t, 8192> noted_{};
  int intervals_left_;  // until they are forgotten
};

}  // namespace byok::service

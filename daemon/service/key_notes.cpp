#include "daemon/service/key_notes.hpp"

#include <algorithm>
#include <cstring>
#include <functional>
#include <utility>

namespace byok::service {
namespace {

constexpr net::Milliseconds interval{5'000};
// Of keys, and of tokens, in an interval. More would show in the slowest hundredth of all calls,
// where the writer has no core for itself: each note costs it some 20 us.
constexpr std::size_t most_notes = 512;
// The same use is noted again after so many intervals: a minute.
constexpr int intervals_remembered = 12;

}  // namespace

KeyNotes::KeyNotes(net::Deadlines& deadlines, store::Reader& reader, store::Writer& writer,
                   KeyVerdicts& verdicts)
    : reader_(reader),
      writer_(writer),
      verdicts_(verdicts),
      news_(deadlines, [this] { verdicts_.write(); }),
      next_(deadlines,
            [this] {
              write_notes();
              next_.set(interval);
            }),
      intervals_left_(intervals_remembered) {
  next_.set(interval);
}

void KeyNotes::note_key(const KeyUse& use) {
  note_verdict(use);
  note_time(use);
}

void KeyNotes::note_verdict(const KeyUse& use) {
  if (const auto wait = verdicts_.note(use, reader_)) news_.set(*wait);
}

void KeyNotes::note_time(const KeyUse& use) {
  if (notes_.keys.size() == most_notes) return;
  std::uint64_t hash =
      std::hash<TenantId>()(use.tenant) * 31 + std::hash<ProviderId>()(use.provider);
  hash = hash * 31 + use.version;
  std::uint64_t& place = noted_[hash % noted_.size()];
  if (place == hash) return;
  place = hash;
  notes_.keys.push_back({use.tenant, use.provider, use.version});
}

void KeyNotes::note_token(const crypto::Digest& hash) {
  if (notes_.tokens.size() == most_notes) return;
  std::uint64_t beginning = 0;
  std::memcpy(&beginning, hash.data(), sizeof beginning);
  std::uint64_t& place = noted_[beginning % noted_.size()];
  if (place == beginning) return;
  place = beginning;
  notes_.tokens.push_back(hash);
}

void KeyNotes::flush() {
  verdicts_.write();
  write_notes();
}

void KeyNotes::write_notes() {
  if (--intervals_left_ <= 0) {
    noted_.fill(0);
    intervals_left_ = intervals_remembered;
  }
  if (notes_.keys.empty() && notes_.tokens.empty()) return;
  // The time of the writing, up to one interval late, serves for all.
  write_from(0, writer_, std::make_shared<const Notes>(std::exchange(notes_, {})), now());
}

// Each note dirties a page of its own, and LMDB keeps the memory of as many as one transaction ever
// had: so they go by slices, between which others write.
void KeyNotes::write_from(std::size_t first, store::Writer& writer,
                          const std::shared_ptr<const Notes>& notes, UnixTime used_at) {
  constexpr std::size_t slice = 128;
  writer.submit(
      [first, notes, used_at](store::WriteTxn& txn) -> Result<void> {
        for (std::size_t i = first; i < std::min(first + slice, notes->keys.size()); ++i) {
          write_use(txn, notes->keys[i], used_at);
        }
        for (std::size_t i = first; i < std::min(first + slice, notes->tokens.size()); ++i) {
          write_use(txn, notes->tokens[i], used_at);
        }
        return {};
      },
      [first, &writer, notes, used_at](const Result<void>& written) {
        const std::size_t next = first + slice;
        const bool more = next < std::max(notes->keys.size(), notes->tokens.size());
        if (written && more) write_from(next, writer, notes, used_at);
      });
}

}  // namespace byok::service

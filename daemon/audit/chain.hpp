// The lines of the audit log, each bound to all before it.
//
//   {"seq":17,"time":"2026-06-20T12:00:00.123Z","event":"key.set",...,"mac":"64 hex digits"}
//
// seq counts from 1 without a gap. mac is HMAC-SHA-256, under a key derived from the root key, of
// the MAC of the line before (32 bytes; zeros before the first) and this line up to `,"mac":`. So
// whoever lacks the root key can change, remove, reorder or insert no line unnoticed; that lines at
// the end are missing shows where the head is kept elsewhere.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/error.hpp"
#include "common/hash.hpp"
#include "daemon/fields.hpp"

namespace byok::audit {

// Where a chain has come to.
struct Head {
  std::uint64_t seq = 0;  // 0: nothing yet
  crypto::Digest mac{};
  friend bool operator==(const Head&, const Head&) = default;
};

// As the database keeps it.
std::string encode(const Head& head);
std::optional<Head> decode_head(std::string_view bytes);

// Who did it.
struct Actor {
  std::string who;         // a token's id, "uid 1000", "byokd", or "unknown"
  std::string from;        // an address, "unix", or empty
  std::string request_id;  // may be empty
};
// byokd by itself.
Actor byokd();

// What a line says, but for its place in the chain.
class Record {
 public:
  // A change to the database, one that only frees space there, or something that has happened.
  enum class Kind { change, deletion, fact };

  // `event` is a literal such as "key.set"; `fields` are not named seq, time, event, who, from,
  // requestId, result or mac.
  Record(Kind kind, std::string_view event, const Actor& actor, daemon::Fields fields);

  Kind kind() const { return kind_; }
  std::string_view members() const { return members_; }

 private:
  Kind kind_;
  std::string members_;
};

// Continues chains under one key. Immutable; any thread may call it.
class Chain {
 public:
  // `key` is secret and stays the caller's to wipe.
  explicit Chain(std::string_view key) : key_(key) {}

  // Appends the next line, with its end, and moves `head` onto it.
  void append(std::string& lines, Head& head, const Record& record, std::string_view result) const;

  // The head behind `line` (without its end) where it follows `before`; else what is wrong, in a
  // few words for the operator.
  Result<Head> follow(const Head& before, std::string_view line) const;

 private:
  crypto::HmacSha256 key_;
};

// The first line of a file that goes on behind `before`, and what such a line says of that.
Record continuation(const Head& before, std::string_view old_file);
std::optional<Head> continued_behind(std::string_view line);

// What a line says of its own place, unproved; nothing where it has not that form.
std::optional<Head> peek(std::string_view line);

}  // namespace byok::audit

// Reads the token counts out of a provider's answer while it goes by, and whether it tells of a
// failure behind its 200: no tree is built, and nothing but that is held.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "daemon/providers/format.hpp"

namespace byok::providers {

// What a call is counted by, as OpenAI counts: what came out of a cache and what tools took is part
// of the input, what was thought of the output.
struct TokenCounts {
  std::uint64_t input = 0;
  std::uint64_t output = 0;
  bool operator==(const TokenCounts&) const = default;
};

// Counts stand in the objects "usage" and "usageMetadata" at the top of a JSON text, or of those in
// an array, and in "usage" within the members that wrap a whole answer in an event; in a
// stream a failure is an object "error" in either place, or an event of that type. What a model
// wrote lies deeper and is not taken for them.
class UsageScan {
 public:
  // `events`: the answer is text/event-stream, not JSON.
  UsageScan(Format format, bool events) : format_(format), events_(events) {}
  UsageScan(const UsageScan&) = delete;
  UsageScan& operator=(const UsageScan&) = delete;

  // Takes bytes of the answer, without a content coding, cut anywhere.
  void feed(std::string_view bytes);
  // The last value of each count so far, of an answer that broke off too; nothing where none was
  // told.
  std::optional<TokenCounts> counts() const;
  // Whether a stream told an error so far. In what answers at once, a job for example, an object of
  // that name may be there and say nothing.
  bool failed() const { return failed_; }

  // What a member's name says.
  enum class Name : std::uint8_t {
    other,
    usage,
    wrapper,  // of a whole answer, in an event
    error,
    type,
    input,  // this and the rest: one of the counts
    cache_read,
    cache_write,
    tools,
    output,
    thoughts,
  };

 private:
  enum class Line : std::uint8_t { field, data, other };

  void feed_events(std::string_view bytes);
  void feed_json(std::string_view bytes);
  void begin_json();

  const char* skip_string(const char* at, const char* end);
  void open(bool is_object);
  void close();
  void add_to_name(std::string_view part);
  void keep_name();
  void end_key();
  void end_value();
  void read_digit(char c);
  // Of the object or array that is open; what lies in an array at the top has level 1 too.
  std::size_t level() const { return depth_ - outer_; }
  // Events, or Gemini's array of them.
  bool streams() const { return events_ || outer_ == 1; }
  bool in_counts() const { return counts_depth_ == depth_ && depth_ != 0; }

  // One more than the longest that matters: what is cut is none of them.
  static constexpr std::size_t longest_name = 28;

  Format format_;
  bool events_;
  Line line_ = Line::field;
  std::uint8_t matched_ = 0;  // bytes of "data:" at the line's beginning
  bool after_return_ = false;

  bool in_string_ = false;
  bool escape_ = false;
  bool names_matter_ = false;     // at this depth
  std::size_t depth_ = 0;         // open brackets
  std::size_t outer_ = 0;         // 1 inside an array that holds the texts
  std::size_t counts_depth_ = 0;  // of the members of an object with counts; 0: not in one
  std::array<Name, 2> keys_{};    // whose values are being read, by level
  Name count_ = Name::other;      // whose number is being read
  std::optional<std::uint64_t> number_;
  std::string_view name_;  // the last string: in the bytes at hand, or in name_room_
  std::array<char, longest_name> name_room_;

  std::array<std::uint64_t, 6> found_{};  // by Name, from input on
  bool any_found_ = false;
  bool failed_ = false;
  bool prompt_has_cached_ = false;  // the names of OpenAI's chat were used
};

}  // namespace byok::providers

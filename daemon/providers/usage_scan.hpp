// Reads the token counts out of a provider's answer while it goes by: no tree is built, and nothing
// but the counts is held.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/providers/format.hpp"
#include "daemon/providers/usage.hpp"

namespace byok::providers {

// Finds the objects that hold counts in a JSON text, or in an array of such texts, that is cut
// anywhere: "usage" and "usageMetadata" at the top, or "usage" in one of the members that wrap a
// whole answer in an event. What a model wrote lies deeper and is not taken for one.
class UsageFinder {
 public:
  enum class Name : std::uint8_t { other, usage, usage_metadata, wrapper };

  // Consumes `bytes`. True where it has stopped behind such an object; there may be more of them.
  bool next(std::string_view& bytes);
  // The object's text, and by what name it was found.
  const std::string& text() const { return text_; }
  Name name() const { return name_; }

  // Another text begins.
  void reset();

 private:
  static constexpr std::size_t longest_name = 16;
  static constexpr std::size_t longest_object = 16 * 1024;

  std::size_t level() const { return depth_ - outer_; }
  const char* skip_string(const char* at, const char* end);
  void end_key();
  bool holds_counts() const;
  void keep(const char* from, const char* to);

  std::size_t depth_ = 0;  // open brackets
  std::size_t outer_ = 0;  // 1 inside an array that holds the texts
  bool in_string_ = false;
  bool escape_ = false;
  std::array<char, longest_name> string_{};  // the last string's beginning
  std::size_t string_size_ = 0;              // beyond longest_name where it is cut
  std::array<Name, 2> keys_{};               // whose values are being read, by level
  std::optional<std::size_t> found_at_;      // depth of the object being kept
  Name name_ = Name::other;
  std::string text_;
};

class UsageScan {
 public:
  // `events`: the answer is text/event-stream, not JSON.
  UsageScan(Format format, bool events) : format_(format), events_(events) {}

  // Takes bytes of the answer, without a content coding, cut anywhere.
  void feed(std::string_view bytes);
  // What was told so far: of an answer that broke off, the last counts that it told.
  const std::optional<Usage>& usage() const { return usage_; }

 private:
  enum class Line : std::uint8_t { field, data, other };

  void feed_events(std::string_view bytes);
  void feed_json(std::string_view bytes);
  void take();

  Format format_;
  bool events_;
  Line line_ = Line::field;
  std::size_t matched_ = 0;  // bytes of "data:" at the line's beginning
  bool after_return_ = false;
  UsageFinder finder_;
  AnthropicUsage anthropic_;
  std::optional<Usage> usage_;
};

}  // namespace byok::providers

// Finds the top-level members "model" and "stream" of a JSON request body while it arrives,
// without building a tree: what routing needs of a call that is otherwise passed through.
//
// It follows the structure of RFC 8259 closely enough not to be misled about which members are at
// the top level; it is no validator, since the provider judges the body anyway.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace byok::providers {

class BodyScan {
 public:
  // done: the rest of the body need not be fed. malformed: not a JSON object, one of the two
  // members twice, or a model name longer than max_model bytes. Both are final.
  enum class State { more, done, malformed };

  static constexpr std::size_t max_model = 256;

  // Takes the next piece of the body, cut anywhere. It is done once both members were found or the
  // top-level object ended.
  State feed(std::string_view piece);
  State state() const { return state_; }

  // True from the byte on at which the first top-level "model" with a string value ended.
  bool model_found() const { return model_found_; }
  // Unescaped UTF-8; empty before model_found().
  std::string_view model() const {
    return model_found_ ? std::string_view(model_.data(), model_size_) : std::string_view();
  }
  // Where the raw text between the quotes lies in the whole body, in bytes.
  std::uint64_t model_offset() const { return model_offset_; }
  std::uint64_t model_length() const { return model_length_; }

  // The value of "stream" where it is true or false; nothing where it is absent, another value or
  // not seen yet.
  std::optional<bool> stream() const { return stream_; }

 private:
  // What the next byte belongs to.
  enum class Expect {
    object,
    first_key,
    key,
    key_text,
    colon,
    value,
    model_text,
    string,         // The value of a member nobody asks for.
    nested_string,  // A key or value somewhere below the top level.
    nested,
    literal,
    comma_or_end,
  };
  enum class Key { other, model, stream };

  // Each consumes at least one byte or changes expect_, and returns where to go on.
  const char* step(const char* at, const char* end);
  const char* read_text(const char* at, const char* end);
  const char* skip_string(const char* at, const char* end);
  const char* skip_nested(const char* at, const char* end);
  const char* read_literal(const char* at, const char* end);
  void begin_value(const char* at);

  void add_plain(std::string_view text);
  void read_text_byte(char c);
  void read_escaped(char c);
  void read_hex_digit(char c);
  void add_code_unit(std::uint32_t unit);
  void add_utf8(std::uint32_t code_point);
  void add(char c);
  void end_key();
  void end_model(const char* quote);
  void end_literal();

  std::uint64_t offset_of(const char* at) const {
    return position_ + static_cast<std::uint64_t>(at - piece_);
  }
  void fail() { state_ = State::malformed; }

  State state_ = State::more;
  Expect expect_ = Expect::object;
  Key key_ = Key::other;
  bool model_seen_ = false;  // The keys, whatever their values.
  bool stream_seen_ = false;
  bool model_found_ = false;
  bool escape_ = false;               // A backslash was the last byte of a string.
  std::uint8_t hex_left_ = 0;         // Digits that a \u escape still needs,
  std::uint32_t hex_ = 0;             // and what they made so far.
  std::uint32_t high_surrogate_ = 0;  // The first half of a pair that waits for its second.
  std::size_t depth_ = 0;             // Open brackets inside the value being skipped.
  std::uint64_t position_ = 0;        // Offset of the current piece in the body,
  const char* piece_ = nullptr;       // and its first byte.
  std::array<char, 8> short_;         // A key or literal, cut off where it can match no more.
  std::size_t short_size_ = 0;
  std::array<char, max_model> model_;
  std::size_t model_size_ = 0;
  std::uint64_t model_offset_ = 0;
  std::uint64_t model_length_ = 0;
  std::optional<bool> stream_;
};

}  // namespace byok::providers

// Files that go with a question: texts and pictures.
#pragma once

#include <string>
#include <string_view>

#include "cli/outcome.hpp"

namespace byok::cli {

struct Attachment {
  std::string name;        // as it was given
  std::string media_type;  // of a picture; empty for a text
  std::string content;     // the text, or the picture's bytes in Base64

  bool is_picture() const { return !media_type.empty(); }
};

// Most bytes of one file; as Base64 they come to what byokd takes at once unless it is told
// otherwise.
inline constexpr std::size_t max_attachment = std::size_t{24} * 1024 * 1024;

// Most bytes of a request. byokd's own limit may be lower; it then says so.
inline constexpr std::size_t max_request = std::size_t{32} * 1024 * 1024;

// The file, or standard input for "-". Exit::usage where it cannot be read, is longer than
// max_attachment, or is neither UTF-8 text nor a picture that models take.
Outcome<Attachment> attach(const std::string& path);

// The same of a regular file alone, so that it never waits: within a conversation.
Outcome<Attachment> attach_regular(const std::string& path);

// The type of a PNG, JPEG, GIF or WebP by its first bytes; empty for anything else.
std::string_view picture_type(std::string_view bytes);

// A picture of that type.
Attachment picture(std::string name, std::string_view media_type, std::string_view bytes);

// A text with its name above it, marked off from what surrounds it whatever it holds.
std::string quoted(const Attachment& text);

// A picture as a URL (RFC 2397).
std::string data_url(const Attachment& picture);

}  // namespace byok::cli

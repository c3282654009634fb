#include "cli/attachment.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/files.hpp"
#include "cli/text.hpp"
#include "common/encoding.hpp"

namespace byok::cli {
namespace {

using namespace std::string_view_literals;

std::size_t longest_run(std::string_view text, char of) {
  std::size_t longest = 0;
  std::size_t run = 0;
  for (const char each : text) {
    run = each == of ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

// NUL is well-formed UTF-8, and in no text.
bool is_text(std::string_view bytes) {
  return bytes.find('\0') == bytes.npos && well_formed(bytes) == bytes;
}

Outcome<Attachment> attach_opened(const Outcome<FileDescriptor>& file, const std::string& path) {
  if (!file) return file.error();
  auto bytes = read_all(file->get(), path, max_attachment);
  if (!bytes) return bytes.error();
  if (std::string_view type = picture_type(*bytes); !type.empty()) {
    return picture(path, type, *bytes);
  }
  if (!is_text(*bytes)) {
    return usage_error(fmt::format(
        "cannot attach {}: it is neither UTF-8 text nor a PNG, JPEG, GIF or WebP picture: convert "
        "it first",
        path));
  }
  return Attachment{path, {}, std::move(*bytes)};
}

}  // namespace

std::string_view picture_type(std::string_view bytes) {
  if (bytes.starts_with("\x89PNG\r\n\x1a\n"sv)) return "image/png";
  if (bytes.starts_with("\xff\xd8\xff"sv)) return "image/jpeg";
  if (bytes.starts_with("GIF87a"sv) || bytes.starts_with("GIF89a"sv)) return "image/gif";
  if (bytes.starts_with("RIFF"sv) && bytes.size() >= 12 && bytes.substr(8, 4) == "WEBP"sv) {
    return "image/webp";
  }
  return {};
}

Attachment picture(std::string name, std::string_view media_type, std::string_view bytes) {
  return {std::move(name), std::string(media_type), to_base64(bytes)};
}

Outcome<Attachment> attach(const std::string& path) {
  return attach_opened(open_input(path), path);
}

Outcome<Attachment> attach_regular(const std::string& path) {
  return attach_opened(open_regular(path), path);
}

std::string quoted(const Attachment& text) {
  const std::string fence(std::max<std::size_t>(3, longest_run(text.content, '`') + 1), '`');
  std::string block = fmt::format("{}:\n{}\n{}", text.name, fence, text.content);
  if (!block.ends_with('\n')) block += '\n';
  return block + fence;
}

std::string data_url(const Attachment& picture) {
  return fmt::format("data:{};base64,{}", picture.media_type, picture.content);
}

}  // namespace byok::cli

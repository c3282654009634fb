// The parts of a message: text, and what is attached to it.
#include <fmt/format.h>

#include <array>

#include "daemon/providers/conversation_reader.hpp"
#include "daemon/providers/text.hpp"

namespace byok::providers {
namespace {

struct Extension {
  std::string_view extension;
  std::string_view media_type;
};
// Of what providers can fetch by themselves (IANA, Media Types).
constexpr std::array extensions = {
    Extension{".jpg", "image/jpeg"},      Extension{".jpeg", "image/jpeg"},
    Extension{".png", "image/png"},       Extension{".gif", "image/gif"},
    Extension{".webp", "image/webp"},     Extension{".heic", "image/heic"},
    Extension{".heif", "image/heif"},     Extension{".bmp", "image/bmp"},
    Extension{".pdf", "application/pdf"},
};

std::string media_type_of(std::string_view url) {
  const std::string path = to_lower(url.substr(0, url.find_first_of("?#")));
  for (const Extension& each : extensions) {
    if (path.ends_with(each.extension)) return std::string(each.media_type);
  }
  return {};
}

class PartReader {
 public:
  PartReader(PartKinds kinds, std::vector<Part>& parts, Findings& findings)
      : kinds_(kinds), parts_(parts), findings_(findings) {}

  bool read(const json::value& value, const Path& path) {
    const json::object* part = value.if_object();
    if (part == nullptr) return findings_.fail(path.text(), "must be an object");
    const std::string_view type = string_or_empty(*part, "type");
    if (type.empty()) return findings_.fail(path + ".type", "must be a string");
    if (type == "text") return read_text(*part, "text", path);
    if (type == "refusal" && kinds_ != PartKinds::text) return read_text(*part, "refusal", path);
    if (kinds_ == PartKinds::all) {
      if (type == "image_url") return read_image(*part, path);
      if (type == "input_audio") return read_audio(*part, path);
      if (type == "file") return read_file(*part, path);
    }
    return findings_.refuse(fmt::format("{} of type {}", path.text(), type));
  }

 private:
  bool read_text(const json::object& part, std::string_view name, const Path& path) {
    const std::optional<std::string_view> text = find_string(part, name);
    if (!text) return findings_.fail(Path(path, name).text(), "must be a string");
    findings_.drop_others(part, {"type", name}, path);
    parts_.push_back(TextPart{*text});
    return true;
  }

  bool read_image(const json::object& part, const Path& path) {
    const std::string url_path = path + ".image_url.url";
    const json::object* image = find_object(part, "image_url");
    const std::optional<std::string_view> url =
        image ? find_string(*image, "url") : find_string(part, "image_url");
    if (!url) return findings_.fail(url_path, "must be a string");
    if (image != nullptr) {
      if (string_or_empty(*image, "detail") == "auto") {
        findings_.drop_others(*image, {"url", "detail"}, Path(path, "image_url"));
      } else {
        findings_.drop_others(*image, {"url"}, Path(path, "image_url"));
      }
    }
    findings_.drop_others(part, {"type", "image_url"}, path);
    MediaPart media{MediaPart::Kind::image, path.text(), {}, {}, {}, {}};
    if (!read_source(*url, url_path, media)) return false;
    parts_.push_back(std::move(media));
    return true;
  }

  bool read_audio(const json::object& part, const Path& path) {
    const json::object* audio = find_object(part, "input_audio");
    const std::string_view format = audio ? string_or_empty(*audio, "format") : "";
    if (format != "wav" && format != "mp3") {
      return findings_.fail(path + ".input_audio.format", "must be wav or mp3");
    }
    const std::string_view data = string_or_empty(*audio, "data");
    if (data.empty()) return findings_.fail(path + ".input_audio.data", "must be text in base64");
    findings_.drop_others(part, {"type", "input_audio"}, path);
    parts_.push_back(MediaPart{
        MediaPart::Kind::audio, path.text(), "audio/" + std::string(format), data, {}, {}});
    return true;
  }

  bool read_file(const json::object& part, const Path& path) {
    const json::object* file = find_object(part, "file");
    if (file == nullptr) return findings_.fail(path + ".file", "must be an object");
    // It lies at OpenAI, where no other provider can read it.
    if (given(*file, "file_id") != nullptr) return findings_.refuse(path + ".file.file_id");
    const std::string data_path = path + ".file.file_data";
    const std::optional<std::string_view> data = find_string(*file, "file_data");
    if (!data) return findings_.fail(data_path, "must be a data URL");
    findings_.drop_others(*file, {"file_data", "filename"}, Path(path, "file"));
    findings_.drop_others(part, {"type", "file"}, path);
    MediaPart media{
        MediaPart::Kind::file, path.text(), {}, {}, {}, string_or_empty(*file, "filename")};
    if (!read_source(*data, data_path, media)) return false;
    parts_.push_back(std::move(media));
    return true;
  }

  // A data URL (RFC 2397) or one to fetch from.
  bool read_source(std::string_view url, const std::string& path, MediaPart& media) {
    if (starts_with_ignoring_case(url, "https://") || starts_with_ignoring_case(url, "http://")) {
      media.url = url;
      media.media_type = media_type_of(url);
      return true;
    }
    if (!starts_with_ignoring_case(url, "data:")) {
      return findings_.fail(path, "must be a data URL or an http URL");
    }
    url.remove_prefix(5);
    const std::size_t comma = url.find(',');
    const std::string head = to_lower(url.substr(0, comma));
    if (comma == url.npos || !head.ends_with(";base64") || comma + 1 == url.size()) {
      return findings_.fail(path, "must hold its data in base64");
    }
    media.base64 = url.substr(comma + 1);
    media.media_type = head.substr(0, head.find(';'));
    if (media.media_type == "image/jpg") media.media_type = "image/jpeg";
    return media.media_type.find('/') != std::string::npos ||
           findings_.fail(path, "must begin with its media type");
  }

  PartKinds kinds_;
  std::vector<Part>& parts_;
  Findings& findings_;
};

}  // namespace

bool read_content(const json::value& content, PartKinds kinds, const Path& path,
                  std::vector<Part>& parts, Findings& findings) {
  if (const json::string* text = content.if_string()) {
    parts.push_back(TextPart{std::string_view(text->data(), text->size())});
    return true;
  }
  if (!content.is_array()) {
    return findings.fail(path + ".content", "must be a string or an array of parts");
  }
  PartReader reader(kinds, parts, findings);
  const json::array& array = content.get_array();
  for (std::size_t i = 0; i < array.size(); ++i) {
    if (!reader.read(array[i], Path(path, "content", i))) return false;
  }
  return true;
}

}  // namespace byok::providers

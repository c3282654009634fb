#include "daemon/providers/usage_scan.hpp"

#include <algorithm>

#include "daemon/providers/json_read.hpp"

namespace byok::providers {
namespace {

struct NameRow {
  std::string_view text;
  UsageFinder::Name name;
};

constexpr NameRow names[] = {
    {"usage", UsageFinder::Name::usage},
    {"usageMetadata", UsageFinder::Name::usage_metadata},
    {"response", UsageFinder::Name::wrapper},     // OpenAI's responses
    {"message", UsageFinder::Name::wrapper},      // Anthropic's message_start
    {"interaction", UsageFinder::Name::wrapper},  // Google's Interactions
    {"x_groq", UsageFinder::Name::wrapper},
};

}  // namespace

void UsageFinder::reset() {
  depth_ = outer_ = 0;
  in_string_ = escape_ = false;
  string_size_ = 0;
  keys_ = {};
  found_at_.reset();
}

const char* UsageFinder::skip_string(const char* at, const char* end) {
  const char* from = at;
  while (at != end) {
    if (escape_) {
      escape_ = false;
    } else if (*at == '\\') {
      escape_ = true;
    } else if (*at == '"') {
      in_string_ = false;
      break;
    }
    ++at;
  }
  if (level() <= keys_.size() && !found_at_) {
    const std::size_t size = static_cast<std::size_t>(at - from);
    const std::size_t room = longest_name - std::min(string_size_, longest_name);
    std::copy_n(from, std::min(size, room), string_.data() + (longest_name - room));
    string_size_ += size;
  }
  return in_string_ ? at : at + 1;
}

void UsageFinder::end_key() {
  if (level() == 0 || level() > keys_.size()) return;
  Name& key = keys_[level() - 1];
  key = Name::other;
  if (string_size_ > longest_name) return;
  const std::string_view text(string_.data(), string_size_);
  for (const NameRow& row : names) {
    if (row.text == text) key = row.name;
  }
}

bool UsageFinder::holds_counts() const {
  if (level() == 1) return keys_[0] == Name::usage || keys_[0] == Name::usage_metadata;
  return level() == 2 && keys_[0] == Name::wrapper && keys_[1] == Name::usage;
}

void UsageFinder::keep(const char* from, const char* to) {
  const auto size = static_cast<std::size_t>(to - from);
  if (text_.size() + size > longest_object) {
    found_at_.reset();
  } else {
    text_.append(from, size);
  }
}

bool UsageFinder::next(std::string_view& bytes) {
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  const char* kept = at;
  while (at != end) {
    if (in_string_) {
      at = skip_string(at, end);
      continue;
    }
    switch (*at++) {
      case '"':
        in_string_ = true;
        string_size_ = 0;
        break;
      case ':':
        end_key();
        break;
      case ',':
        if (level() > 0 && level() <= keys_.size()) keys_[level() - 1] = Name::other;
        break;
      case '[':
        if (depth_ == 0) outer_ = 1;
        ++depth_;
        if (level() == keys_.size()) keys_[1] = Name::other;
        break;
      case '{':
        if (depth_ == 0) outer_ = 0;
        if (!found_at_ && holds_counts()) {
          found_at_ = depth_;
          name_ = keys_[level() - 1];
          text_.clear();
          kept = at - 1;
        }
        ++depth_;
        if (level() == keys_.size()) keys_[1] = Name::other;
        break;
      case ']':
      case '}':
        if (depth_ == 0) break;
        --depth_;
        if (found_at_ != depth_) break;
        keep(kept, at);
        if (!found_at_) break;
        found_at_.reset();
        bytes.remove_prefix(static_cast<std::size_t>(at - bytes.data()));
        return true;
      default:
        break;
    }
  }
  if (found_at_) keep(kept, end);
  bytes = {};
  return false;
}

void UsageScan::feed(std::string_view bytes) {
  if (events_) {
    feed_events(bytes);
  } else {
    feed_json(bytes);
  }
}

void UsageScan::feed_events(std::string_view bytes) {
  constexpr std::string_view data = "data:";
  while (!bytes.empty()) {
    const char first = bytes.front();
    if (first == '\n' || first == '\r') {
      // A line feed behind a carriage return ends no line of its own.
      if (first == '\r' || !after_return_) {
        if (line_ == Line::field && matched_ == 0) finder_.reset();
        line_ = Line::field;
        matched_ = 0;
      }
      after_return_ = first == '\r';
      bytes.remove_prefix(1);
      continue;
    }
    after_return_ = false;
    if (line_ == Line::field) {
      if (first != data[matched_]) {
        line_ = Line::other;
      } else if (++matched_ == data.size()) {
        line_ = Line::data;
      }
      bytes.remove_prefix(1);
      continue;
    }
    std::string_view line = bytes.substr(0, bytes.find('\n'));
    line = line.substr(0, line.find('\r'));
    if (line_ == Line::data) feed_json(line);
    bytes.remove_prefix(line.size());
  }
}

void UsageScan::feed_json(std::string_view bytes) {
  while (finder_.next(bytes)) take();
}

void UsageScan::take() {
  const std::optional<json::object> counts = parse_json_object(finder_.text());
  if (!counts) return;
  if (finder_.name() == UsageFinder::Name::usage_metadata) {
    usage_ = read_gemini_usage(*counts);
  } else if (counts->contains("total_input_tokens")) {
    usage_ = read_interactions_usage(*counts);
  } else if (format_ == Format::anthropic && !counts->contains("prompt_tokens")) {
    anthropic_.merge(*counts);
    usage_ = anthropic_.total();
  } else {
    usage_ = read_openai_usage(*counts);
  }
}

}  // namespace byok::providers

#include "daemon/providers/usage_scan.hpp"

#include <algorithm>
#include <utility>

#include "daemon/providers/text_search.hpp"

namespace byok::providers {
namespace {

using Name = UsageScan::Name;

struct NameRow {
  std::string_view text;
  Name name;
};

constexpr std::string_view error_text = "error";

constexpr NameRow outer_names[] = {
    {"usage", Name::usage},         {"usageMetadata", Name::usage},
    {"response", Name::wrapper},     // OpenAI's responses
    {"message", Name::wrapper},      // Anthropic's message_start
    {"interaction", Name::wrapper},  // Google's Interactions
    {"x_groq", Name::wrapper},      {error_text, Name::error},
    {"type", Name::type},
};

constexpr std::string_view chat_prompt = "prompt_tokens";
constexpr NameRow counts_by_name[] = {
    // OpenAI's chat completions and embeddings
    {chat_prompt, Name::input},
    {"completion_tokens", Name::output},
    // its responses, images and transcriptions; Anthropic's messages, with the next two
    {"input_tokens", Name::input},
    {"output_tokens", Name::output},
    {"cache_read_input_tokens", Name::cache_read},
    {"cache_creation_input_tokens", Name::cache_write},
    // Google's generateContent
    {"promptTokenCount", Name::input},
    {"candidatesTokenCount", Name::output},
    {"toolUsePromptTokenCount", Name::tools},
    {"thoughtsTokenCount", Name::thoughts},
    // and its Interactions
    {"total_input_tokens", Name::input},
    {"total_output_tokens", Name::output},
    {"total_tool_use_tokens", Name::tools},
    {"total_thought_tokens", Name::thoughts},
};

template <std::size_t N>
Name find_name(const NameRow (&rows)[N], std::string_view text) {
  for (const NameRow& row : rows) {
    if (row.text == text) return row.name;
  }
  return Name::other;
}

constexpr std::size_t place_of(Name count) {
  return static_cast<std::size_t>(count) - static_cast<std::size_t>(Name::input);
}

}  // namespace

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
        if (line_ == Line::field && matched_ == 0) begin_json();
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
    const std::string_view line = bytes.substr(0, line_size(bytes));
    if (line_ == Line::data) feed_json(line);
    bytes.remove_prefix(line.size());
  }
}

void UsageScan::begin_json() {
  in_string_ = escape_ = names_matter_ = false;
  depth_ = outer_ = counts_depth_ = 0;
  keys_ = {};
  count_ = Name::other;
  name_ = {};
}

void UsageScan::feed_json(std::string_view bytes) {
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  while (at != end) {
    if (in_string_) {
      at = skip_string(at, end);
      continue;
    }
    const char c = *at++;
    switch (c) {
      case '"':
        in_string_ = true;
        name_ = {};
        count_ = Name::other;
        break;
      case ':':
        if (names_matter_) end_key();
        break;
      case ',':
        if (names_matter_) end_value();
        break;
      case '[':
      case '{':
        open(c == '{');
        break;
      case ']':
      case '}':
        close();
        break;
      default:
        if (count_ != Name::other) read_digit(c);
        break;
    }
  }
  // The bytes are gone with this call; a name's colon may be still to come.
  if (names_matter_) {
    keep_name();
  } else {
    name_ = {};
  }
}

void UsageScan::add_to_name(std::string_view part) {
  if (name_.empty()) {
    name_ = part;
    return;
  }
  keep_name();
  const std::size_t size = std::min(part.size(), name_room_.size() - name_.size());
  std::copy_n(part.data(), size, name_room_.data() + name_.size());
  name_ = {name_room_.data(), name_.size() + size};
}

void UsageScan::keep_name() {
  if (name_.data() == name_room_.data()) return;
  const std::size_t size = std::min(name_.size(), name_room_.size());
  std::copy_n(name_.data(), size, name_room_.data());
  name_ = {name_room_.data(), size};
}

const char* UsageScan::skip_string(const char* at, const char* end) {
  const char* from = at;
  if (std::exchange(escape_, false)) ++at;
  for (at = find_special(at, end); at != end && *at != '"'; at = find_special(at, end)) {
    escape_ = end - at == 1;
    at += escape_ ? 1 : 2;
  }
  in_string_ = at == end;
  if (names_matter_) add_to_name({from, static_cast<std::size_t>(at - from)});
  return in_string_ ? at : at + 1;
}

void UsageScan::open(bool is_object) {
  if (depth_ == 0) outer_ = is_object ? 0 : 1;
  Name member = Name::other;
  if (is_object && level() == 1) member = keys_[0];
  if (is_object && level() == 2 && keys_[0] == Name::wrapper) member = keys_[1];
  ++depth_;
  if (member == Name::usage && counts_depth_ == 0) counts_depth_ = depth_;
  if (member == Name::error && streams()) failed_ = true;
  if (level() <= keys_.size() && level() > 0) keys_[level() - 1] = Name::other;
  names_matter_ = level() <= keys_.size() || in_counts();
  count_ = Name::other;
}

void UsageScan::close() {
  if (names_matter_) end_value();
  if (depth_ == 0) return;
  if (in_counts()) counts_depth_ = 0;
  name_ = {};
  --depth_;
  names_matter_ = depth_ > 0 && (level() <= keys_.size() || in_counts());
}

void UsageScan::end_key() {
  if (in_counts()) {
    count_ = find_name(counts_by_name, name_);
    number_.reset();
    if (name_ == chat_prompt) prompt_has_cached_ = true;
  } else if (level() > 0 && level() <= keys_.size()) {
    keys_[level() - 1] = find_name(outer_names, name_);
  }
}

void UsageScan::read_digit(char c) {
  if (c == ' ' || c == '\n' || c == '\r' || c == '\t') return;
  const std::uint64_t number = number_.value_or(0);
  // null and fractions tell nothing.
  if (c < '0' || c > '9' || number > UINT64_MAX / 10 - 9) {
    count_ = Name::other;
  } else {
    number_ = number * 10 + static_cast<std::uint64_t>(c - '0');
  }
}

void UsageScan::end_value() {
  const Name count = std::exchange(count_, Name::other);
  if (count != Name::other) {
    if (!number_) return;
    found_[place_of(count)] = *number_;
    any_found_ = true;
  } else if (level() > 0 && level() <= keys_.size()) {
    if (level() == 1 && keys_[0] == Name::type && name_ == error_text && streams()) failed_ = true;
    keys_[level() - 1] = Name::other;
  }
}

std::optional<TokenCounts> UsageScan::counts() const {
  if (!any_found_) return std::nullopt;
  const auto count = [this](Name name) { return found_[place_of(name)]; };
  TokenCounts counts{count(Name::input) + count(Name::tools),
                     count(Name::output) + count(Name::thoughts)};
  // Anthropic alone counts what its cache gave and took apart.
  if (format_ == Format::anthropic && !prompt_has_cached_) {
    counts.input += count(Name::cache_read) + count(Name::cache_write);
  }
  return counts;
}

}  // namespace byok::providers

#include "daemon/providers/sse.hpp"

#include <utility>

#include "daemon/providers/text_search.hpp"

namespace byok::providers {

bool SseSplitter::feed(std::string_view bytes, std::vector<SseEvent>& out) {
  while (!bytes.empty() && !too_large_) {
    if (std::exchange(skip_line_feed_, false) && bytes.front() == '\n') {
      bytes.remove_prefix(1);
      continue;
    }
    const std::size_t size = line_size(bytes);
    add_to_line(bytes.substr(0, size));
    if (size == bytes.size()) break;
    skip_line_feed_ = bytes[size] == '\r';
    bytes.remove_prefix(size + 1);
    end_line(out);
  }
  return !too_large_;
}

bool SseSplitter::finish(std::vector<SseEvent>& out) {
  if (!line_.empty()) end_line(out);
  dispatch(out);
  return !too_large_;
}

void SseSplitter::add_to_line(std::string_view part) {
  too_large_ = line_.size() + event_.data.size() + part.size() > max_event_;
  if (!too_large_) line_.append(part);
}

void SseSplitter::end_line(std::vector<SseEvent>& out) {
  if (too_large_) return;
  std::string_view line = line_;
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (std::exchange(first_line_, false) && line.starts_with(byte_order_mark)) {
    line.remove_prefix(byte_order_mark.size());
  }
  if (line.empty()) {
    dispatch(out);
  } else {
    take_field(line);
  }
  line_.clear();
}

void SseSplitter::take_field(std::string_view line) {
  // A comment has an empty name and so falls through with all names that nobody knows.
  const std::size_t colon = line.find(':');
  const std::string_view name = line.substr(0, colon);
  std::string_view value;
  if (colon != std::string_view::npos) value = line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);

  if (name == "event") {
    event_.event = value;
  } else if (name == "data") {
    if (has_data_) event_.data += '\n';
    event_.data += value;
    has_data_ = true;
  }
}

void SseSplitter::dispatch(std::vector<SseEvent>& out) {
  SseEvent complete = std::exchange(event_, {});
  if (std::exchange(has_data_, false) && !too_large_) out.push_back(std::move(complete));
}

}  // namespace byok::providers

#include "cli/sse.hpp"

namespace byok::cli {

void SseReader::take(std::string_view piece) {
  lines_.take(piece, [this](std::string_view line) { take_line(line); });
}

void SseReader::take_line(std::string_view line) {
  if (line.empty()) {
    if (!data_.empty()) on_event_({data_.data(), data_.size() - 1});
    data_.clear();
    return;
  }
  std::size_t colon = line.find(':');
  if (line.substr(0, colon) != "data") return;
  std::string_view value = colon == line.npos ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  data_.insert(data_.end(), value.begin(), value.end());
  data_.push_back('\n');
}

}  // namespace byok::cli

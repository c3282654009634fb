// Splits a stream of server-sent events (WHATWG HTML, section 9.2) into its events.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace byok::providers {

struct SseEvent {
  std::string event;  // The name; empty where none was given.
  std::string data;   // The lines of `data:`, joined by a line feed.
};

class SseSplitter {
 public:
  static constexpr std::size_t default_max_event = std::size_t{16} << 20;

  explicit SseSplitter(std::size_t max_event = default_max_event) : max_event_(max_event) {}

  // Takes bytes cut anywhere and appends each event that they complete. False, from then on, where
  // an event is larger than max_event.
  bool feed(std::string_view bytes, std::vector<SseEvent>& out);

  // The stream ended: appends the event that lacked only its closing blank line, as some servers
  // send it.
  bool finish(std::vector<SseEvent>& out);

 private:
  void add_to_line(std::string_view part);
  void end_line(std::vector<SseEvent>& out);
  void take_field(std::string_view line);
  void dispatch(std::vector<SseEvent>& out);

  std::size_t max_event_;
  std::string line_;
  SseEvent event_;
  bool has_data_ = false;
  bool first_line_ = true;
  bool skip_line_feed_ = false;  // The last byte was a CR, whose LF may still come.
  bool too_large_ = false;
};

}  // namespace byok::providers

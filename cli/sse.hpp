// Server-sent events (WHATWG HTML, section 9.2.6) as byokd sends them: data lines alone matter;
// names, ids, retry times and comments are read over.
#pragma once

#include <functional>
#include <string_view>

#include "cli/lines.hpp"

namespace byok::cli {

class SseReader {
 public:
  using OnEvent = std::function<void(std::string_view data)>;

  // Called with the data of each event: its data lines with line feeds between them.
  explicit SseReader(OnEvent on_event) : on_event_(std::move(on_event)) {}

  // The next bytes of the stream, cut anywhere. An event that its empty line does not end is
  // dropped, as the standard has it.
  void take(std::string_view piece);

 private:
  void take_line(std::string_view line);

  OnEvent on_event_;
  Lines lines_;
  WipingBuffer data_;  // each line with a line feed after it
};

}  // namespace byok::cli

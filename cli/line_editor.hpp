// The line that is typed at a terminal: edited, recalled, completed, pasted into. The one door to
// libedit, whose ~/.editrc is read.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace byok::cli {

class LineEditor {
 public:
  // For TAB: whatever may stand in place of `before`, the text before the cursor.
  using Complete = std::function<std::vector<std::string>(std::string_view before)>;

  // On the terminal of standard input; throws where that is none. Keeps `most_remembered` entries.
  LineEditor(Complete complete, std::size_t most_remembered);
  ~LineEditor();
  LineEditor(const LineEditor&) = delete;
  LineEditor& operator=(const LineEditor&) = delete;

  enum class How { line, interrupted, ended };
  struct Read {
    How how;
    std::string text;  // the line without its end; what was typed so far where it was interrupted
  };
  // One line, which holds line breaks where they were pasted or made by Alt-Enter. Ctrl-C
  // interrupts; Ctrl-D on an empty line, or the terminal's end, ends. The terminal is as it was
  // before when this returns, and also when a signal stops or ends the program meanwhile.
  Read read(std::string_view prompt);

  // Has `text` stand in the next line that is read, as if it had been pasted there.
  void prefill(std::string_view text);

  // For the arrow keys.
  void remember(const std::string& entry);

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace byok::cli

// Pasted texts too long for a line that is edited: short words stand for them until the line is
// whole.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace byok::cli {

class PastedTexts {
 public:
  // What to put into the line for `pasted`, which comes as the terminal sent it: the text without
  // control characters, or the words that stand for it.
  std::string take(std::string_view pasted);
  // The line with each text in place of its words. Forgets them all.
  std::string expand(std::string line);

 private:
  struct Text {
    std::string words;
    std::string text;
  };
  std::vector<Text> texts_;
};

}  // namespace byok::cli

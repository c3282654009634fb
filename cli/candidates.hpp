// What may stand at a place of the command line: from the description of the command line where
// that tells, else from byokd.
#pragma once

#include <string>
#include <vector>

#include "cli/completion_place.hpp"

namespace byok::cli {

struct Candidate {
  std::string value;
  std::string description;  // one line, perhaps empty
};

struct Candidates {
  std::vector<Candidate> list;
  bool files = false;     // in place of a list: names of files, which shells know best
  bool open_end = false;  // none of them ends the word
};

// Asks byokd for a second at most, as that command line would, and is silent about all that fails:
// then there are fewer. Holds no key and no token's text; nothing that would speak to a terminal.
Candidates find_candidates(const Place& place);

}  // namespace byok::cli

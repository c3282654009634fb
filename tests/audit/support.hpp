// A log in a folder of its own, and what its lines say.
#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "daemon/audit/trail.hpp"
#include "tests/support/temp_folder.hpp"

namespace byok::audit::tests {

inline const std::string key(32, 'k');

inline Record record(Record::Kind kind, std::string_view event, std::string_view about = "x") {
  return {kind, event, {"uid 0", "unix", "req_1"}, {{"about", about}}};
}

inline std::vector<std::string> lines_of(const std::filesystem::path& file) {
  std::vector<std::string> lines;
  std::istringstream text(testing::read_file(file));
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

inline bool has(const std::string& line, std::string_view part) {
  return line.find(part) != std::string::npos;
}

// One transaction of these records; whether it may be committed. `kept`: it then was.
inline bool commit(Trail& trail, const std::vector<Record>& records, bool kept = true) {
  trail.begin();
  for (const Record& each : records) trail.intend(each);
  Result<std::optional<Head>> head = trail.write_intentions();
  if (!head) return false;
  trail.conclude(kept);
  return true;
}

inline Verdict verify(const std::filesystem::path& file, const Head& known = {},
                      std::uint64_t from = 1) {
  const Chain chain(key);
  Verification verification(chain, take_snapshot(file), known, from);
  while (verification.step()) {
  }
  return std::move(verification).verdict();
}

}  // namespace byok::audit::tests

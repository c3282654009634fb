// The audit log of a byokd under test, as its file has it.
#pragma once

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/harness/world.hpp"

namespace byok::testing {

inline std::filesystem::path log_of(const World& world) {
  return world.byokd.state_dir() / "audit.log";
}

inline std::vector<std::string> lines_of(const std::filesystem::path& file) {
  std::vector<std::string> lines;
  std::istringstream text(read_file(file));
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}
inline std::vector<std::string> lines_of(const World& world) { return lines_of(log_of(world)); }

// A member of the line, text as it is; the empty string where it has none of that name.
inline std::string member(const std::string& line, std::string_view name) {
  const boost::json::value value = boost::json::parse(line);
  const boost::json::value* found = value.as_object().if_contains(name);
  if (found == nullptr) return {};
  return found->is_string() ? std::string(found->get_string()) : boost::json::serialize(*found);
}

// The newest line of that event; empty where there is none.
inline std::string last_of(const std::vector<std::string>& lines, std::string_view event) {
  std::string last;
  for (const std::string& line : lines) {
    if (member(line, "event") == event) last = line;
  }
  return last;
}
inline std::string last_of(const World& world, std::string_view event) {
  return last_of(lines_of(world), event);
}

inline std::size_t count_of(const std::vector<std::string>& lines, std::string_view event) {
  std::size_t found = 0;
  for (const std::string& line : lines) found += member(line, "event") == event;
  return found;
}

// `byok WORDS` as the operator.
inline Finished run_byok(const World& world, std::vector<std::string> words,
                         std::string_view input = "") {
  words.insert(words.begin(), {program("byok"), "--addr", "unix:" + world.byokd.socket().path});
  return run(words, clean_environment(world.byokd.folder()), input);
}

}  // namespace byok::testing

// Reads the audit log back: whole, to prove it, or its end.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/file_descriptor.hpp"
#include "daemon/audit/chain.hpp"

namespace byok::audit {

// The files that a log has grown through, oldest first: what was put aside as FILE.SEQ, SEQ being
// that of its first line, and FILE itself where it exists.
std::vector<std::filesystem::path> parts_of(const std::filesystem::path& file);
// The name under which a part that begins with that line is put aside.
std::filesystem::path aside_name(const std::filesystem::path& file, std::uint64_t first_seq);

// Hands over each line of a file, without its end, for as long as true is returned; `whole` unless
// the end is missing or the line is far too long. Returns how many bytes there are behind the last
// line's end; nothing where the file cannot be read.
using VisitLine = std::function<bool(std::string_view line, bool whole)>;
std::optional<std::uint64_t> each_line(const std::filesystem::path& file, const VisitLine& visit);

// A log as it was at one moment.
struct Snapshot {
  std::vector<std::filesystem::path> parts;  // all but the last are finished
  FileDescriptor last;                       // opened, since its name may pass to another
  std::uint64_t last_size = 0;
};
Snapshot take_snapshot(const std::filesystem::path& file);

struct Problem {
  std::filesystem::path file;
  std::uint64_t line;  // in that file, from 1; 0: the file itself
  std::string text;
};

struct Verdict {
  std::size_t files = 0;
  std::uint64_t lines = 0;
  std::uint64_t first = 0;        // the first line's number
  Head head;                      // the last line's
  std::vector<Problem> problems;  // the first twenty
};

// A first line for a Verification: none need be there.
inline constexpr std::uint64_t no_line = std::numeric_limits<std::uint64_t>::max();

// Proves every line, piece by piece.
class Verification {
 public:
  // `chain` outlives this. `known` is a line that must be there: the trail's last, or the
  // database's; seq 0 for none. Lines before `from` need not be there: their files may be kept
  // elsewhere. A `from` that is to be written next is none that is missing.
  Verification(const Chain& chain, Snapshot log, const Head& known, std::uint64_t from = 1);
  ~Verification();

  // Reads on for some milliseconds. Whether there is more.
  bool step();
  // Once there is no more.
  Verdict verdict() &&;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The last `most` lines, oldest first, from the last two files; unproved.
std::vector<std::string> tail(const Snapshot& log, std::size_t most);

}  // namespace byok::audit

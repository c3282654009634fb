#include "daemon/audit/reading.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <string_view>
#include <utility>

namespace byok::audit {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t piece = std::size_t{1} << 18;
constexpr std::size_t longest_line = std::size_t{1} << 18;
constexpr std::size_t most_problems = 20;
constexpr int seq_digits = 16;

FileDescriptor open_to_read(const fs::path& path) {
  return FileDescriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
}

// Reads up to `size` bytes at `offset`; -1 with errno where that fails.
ssize_t read_at(int fd, char* out, std::size_t size, std::uint64_t offset) {
  for (;;) {
    const ssize_t got = pread(fd, out, size, static_cast<off_t>(offset));
    if (got >= 0 || errno != EINTR) return got;
  }
}

std::uint64_t size_of(int fd) {
  struct stat status {};
  return fstat(fd, &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

// A file's bytes as lines.
class Lines {
 public:
  // False once the visitor wants no more.
  bool feed(std::string_view bytes, const VisitLine& visit) {
    for (std::size_t end; (end = bytes.find('\n')) != bytes.npos; bytes.remove_prefix(end + 1)) {
      held_ += bytes.substr(0, end);
      const bool wants_more = skipping_ || visit(held_, true);
      held_.clear();
      skipping_ = false;
      if (!wants_more) return false;
    }
    held_ += bytes;
    if (held_.size() <= longest_line) return true;
    held_.clear();
    return std::exchange(skipping_, true) || visit(std::string_view(), false);
  }
  void end(const VisitLine& visit) {
    if (!held_.empty() && !skipping_) visit(held_, false);
    held_.clear();
    skipping_ = false;
  }

 private:
  std::string held_;
  bool skipping_ = false;
};

}  // namespace

fs::path aside_name(const fs::path& file, std::uint64_t first_seq) {
  fs::path name = file;
  name += fmt::format(".{:0{}}", first_seq, seq_digits);
  return name;
}

std::vector<fs::path> parts_of(const fs::path& file) {
  std::vector<fs::path> parts;
  const std::string prefix = file.filename().string() + '.';
  std::error_code failure;
  for (fs::directory_iterator entry(file.parent_path(), failure), end; !failure && entry != end;
       entry.increment(failure)) {
    const std::string name = entry->path().filename().string();
    if (name.size() != prefix.size() + seq_digits || !name.starts_with(prefix)) continue;
    if (name.find_first_not_of("0123456789", prefix.size()) != name.npos) continue;
    parts.push_back(entry->path());
  }
  std::sort(parts.begin(), parts.end());
  if (fs::exists(file, failure)) parts.push_back(file);
  return parts;
}

Snapshot take_snapshot(const fs::path& file) {
  Snapshot log;
  log.parts = parts_of(file);
  if (log.parts.empty()) return log;
  log.last = open_to_read(log.parts.back());
  if (log.last) log.last_size = size_of(log.last.get());
  return log;
}

std::optional<std::uint64_t> each_line(const fs::path& file, const VisitLine& visit) {
  const FileDescriptor fd = open_to_read(file);
  if (!fd) return std::nullopt;
  Lines lines;
  std::string buffer(piece, '\0');
  std::uint64_t behind = 0;
  for (std::uint64_t at = 0;;) {
    const ssize_t got = read_at(fd.get(), buffer.data(), buffer.size(), at);
    if (got < 0) return std::nullopt;
    if (got == 0) break;
    at += static_cast<std::uint64_t>(got);
    const std::string_view bytes(buffer.data(), static_cast<std::size_t>(got));
    const std::size_t end = bytes.rfind('\n');
    behind = end == bytes.npos ? behind + bytes.size() : bytes.size() - end - 1;
    if (!lines.feed(bytes, visit)) return behind;
  }
  lines.end(visit);
  return behind;
}

struct Verification::State {
  State(const Chain& under, Snapshot snapshot, const Head& head, std::uint64_t begin)
      : chain(under), log(std::move(snapshot)), known(head), from(begin), buffer(piece, '\0') {}

  void begin_part();
  void end_part();
  bool take(std::string_view line, bool whole);  // true: there may be more
  void begin_behind(std::string_view line, const Head& claimed);
  void accept(const Head& head);
  void tell(std::uint64_t at, std::string text);

  const Chain& chain;
  const Snapshot log;
  const Head known;
  const std::uint64_t from;
  Verdict verdict;

  // Of the part that is being read.
  std::size_t part = 0;
  FileDescriptor opened;
  bool begun = false;
  int fd = -1;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::uint64_t number = 0;
  Lines lines;
  std::string buffer;
};

void Verification::State::begin_part() {
  const bool last = part + 1 == log.parts.size();
  opened = last ? FileDescriptor() : open_to_read(log.parts[part]);
  fd = last ? log.last.get() : opened.get();
  size = last ? log.last_size : fd < 0 ? 0 : size_of(fd);
  offset = number = 0;
  begun = true;
  ++verdict.files;
  if (fd < 0) tell(0, "it cannot be opened");
}

void Verification::State::end_part() {
  lines.end([this](std::string_view line, bool whole) { return take(line, whole); });
  opened = FileDescriptor();
  fd = -1;
  ++part;
  begun = false;
}

bool Verification::State::take(std::string_view line, bool whole) {
  // byokd may be writing it just now.
  if (!whole && part + 1 == log.parts.size() && verdict.head.seq >= known.seq) return true;
  ++number;
  ++verdict.lines;
  const std::optional<Head> claimed = whole ? peek(line) : std::nullopt;
  if (!claimed) {
    tell(number, whole ? "it is not a line of the audit log" : "its end is missing");
    return true;
  }
  if (verdict.first == 0) {
    verdict.first = claimed->seq;
    if (claimed->seq > 1) begin_behind(line, *claimed);
  }
  if (auto proved = chain.follow(verdict.head, line); !proved) {
    tell(number, proved.error().message());
  }
  accept(*claimed);
  return true;
}

// A file that goes on says behind which line; that it says so is proved as any line is.
void Verification::State::begin_behind(std::string_view line, const Head& claimed) {
  const std::optional<Head> before = continued_behind(line);
  if (before && before->seq + 1 == claimed.seq) {
    verdict.head = *before;
  } else {
    tell(number, "it does not say what it goes on behind");
  }
  if (from < claimed.seq) {
    tell(number, fmt::format("lines {} to {} are not here", from, claimed.seq - 1));
  }
}

// Goes on from there, whatever was wrong before.
void Verification::State::accept(const Head& head) {
  verdict.head = head;
  if (known.seq == head.seq && known.mac != head.mac) {
    tell(number, fmt::format("it is not the line {} that byokd wrote", head.seq));
  }
}

void Verification::State::tell(std::uint64_t at, std::string text) {
  if (verdict.problems.size() >= most_problems) return;
  const fs::path file = part < log.parts.size() ? log.parts[part] : fs::path();
  verdict.problems.push_back({file, at, std::move(text)});
}

Verification::Verification(const Chain& chain, Snapshot log, const Head& known, std::uint64_t from)
    : state_(std::make_unique<State>(chain, std::move(log), known, from)) {}
Verification::~Verification() = default;

bool Verification::step() {
  State& state = *state_;
  if (state.part == state.log.parts.size()) return false;
  if (!state.begun) state.begin_part();
  const std::size_t wanted = std::min<std::uint64_t>(piece, state.size - state.offset);
  const ssize_t got =
      state.fd < 0 ? 0 : read_at(state.fd, state.buffer.data(), wanted, state.offset);
  if (got < 0) {
    state.tell(state.number, fmt::format("it cannot be read on: {}", std::strerror(errno)));
  }
  if (got > 0) {
    state.offset += static_cast<std::uint64_t>(got);
    state.lines.feed(
        {state.buffer.data(), static_cast<std::size_t>(got)},
        [&state](std::string_view line, bool whole) { return state.take(line, whole); });
  }
  if (got <= 0 || state.offset == state.size) state.end_part();
  return state.part < state.log.parts.size();
}

Verdict Verification::verdict() && {
  State& state = *state_;
  const std::uint64_t last = state.verdict.head.seq;
  if (last < state.known.seq) {
    if (state.part > 0) --state.part;  // it is the last file's end that is wrong
    state.tell(
        0, last + 1 == state.known.seq
               ? fmt::format("line {} is missing at the end", state.known.seq)
               : fmt::format("lines {} to {} are missing at the end", last + 1, state.known.seq));
  } else if (state.from != no_line && state.from > last + 1) {
    state.tell(0, fmt::format("line {} is not here: the log ends with line {}", state.from, last));
  }
  return std::move(state.verdict);
}

std::vector<std::string> tail(const Snapshot& log, std::size_t most) {
  constexpr std::uint64_t reach = std::uint64_t{2} << 20;
  std::vector<std::string> lines;
  const auto take = [&](const FileDescriptor& fd, std::uint64_t size) {
    if (!fd || lines.size() >= most) return;
    const std::uint64_t begin = size > reach ? size - reach : 0;
    std::string text(size - begin, '\0');
    const ssize_t got = read_at(fd.get(), text.data(), text.size(), begin);
    text.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    std::vector<std::string> found;
    std::size_t end = text.rfind('\n');
    while (end != text.npos && lines.size() + found.size() < most) {
      const std::size_t before = end == 0 ? text.npos : text.rfind('\n', end - 1);
      if (before == text.npos && begin > 0) break;  // perhaps not the whole line
      const std::size_t first = before == text.npos ? 0 : before + 1;
      found.push_back(text.substr(first, end - first));
      end = before;
    }
    std::reverse(found.begin(), found.end());
    lines.insert(lines.begin(), std::make_move_iterator(found.begin()),
                 std::make_move_iterator(found.end()));
  };
  take(log.last, log.last_size);
  if (log.parts.size() > 1) {
    const FileDescriptor fd = open_to_read(log.parts[log.parts.size() - 2]);
    take(fd, fd ? size_of(fd.get()) : 0);
  }
  return lines;
}

}  // namespace byok::audit

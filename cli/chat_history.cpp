#include "cli/chat_history.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "cli/json.hpp"
#include "cli/text.hpp"
#include "common/file_descriptor.hpp"
#include "common/paths.hpp"

namespace byok::cli {
namespace {

Failure cannot(std::string_view verb, const std::string& path) {
  return {Exit::failed,
          fmt::format("cannot {} the history {}: {}", verb, path, std::strerror(errno))};
}

std::string as_line(std::string_view entry) {
  return boost::json::serialize(boost::json::string(well_formed(entry))) + '\n';
}

// What cannot be read is left out: a line may have been torn.
std::vector<std::string> entries_of(std::string_view bytes) {
  std::vector<std::string> entries;
  while (!bytes.empty()) {
    const std::size_t end = std::min(bytes.find('\n'), bytes.size());
    const auto entry = parse_json(bytes.substr(0, end));
    if (entry && entry->is_string()) entries.push_back(text_of(*entry));
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
  }
  return entries;
}

// The file, open and locked; closed, and so released, at its end.
class Locked {
 public:
  Locked(const std::string& path, int flags)
      : file_(::open(path.c_str(), flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600)) {
    if (file_ && (::flock(file_.get(), LOCK_EX) != 0 || ::fstat(file_.get(), &status_) != 0)) {
      file_.reset();
    }
    // It may have been made by hand, or copied here.
    if (is_regular() && (status_.st_mode & 0177) != 0) ::fchmod(file_.get(), 0600);
  }

  explicit operator bool() const { return static_cast<bool>(file_); }
  // Else it is a device, as /dev/null for no history at all.
  bool is_regular() const { return file_ && S_ISREG(status_.st_mode); }
  std::size_t size() const { return static_cast<std::size_t>(status_.st_size); }

  // The last max_bytes of it, in whole lines.
  bool read(std::string& bytes) const {
    const std::size_t begin = size() - std::min(size(), ChatHistory::max_bytes);
    bytes.resize(size() - begin);
    for (std::size_t at = 0; at < bytes.size();) {
      const ssize_t got = ::pread(file_.get(), bytes.data() + at, bytes.size() - at,
                                  static_cast<off_t>(begin + at));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return false;
      if (got == 0) bytes.resize(at);
      at += static_cast<std::size_t>(got);
    }
    if (begin > 0) bytes.erase(0, std::min(bytes.find('\n'), bytes.size() - 1) + 1);
    return true;
  }

  // Begins a line of its own, also behind one that was torn.
  bool append(std::string line) const {
    char last = '\n';
    if (size() > 0 && ::pread(file_.get(), &last, 1, status_.st_size - 1) != 1) return false;
    if (last != '\n') line.insert(0, 1, '\n');
    return write(line, size());
  }

  // What is kept is shorter than what is there: it is written over the beginning first, so that
  // whatever ends the program in between, some lines are there twice and none is lost.
  bool replace(std::string_view bytes) const {
    return write(bytes, 0) && ::ftruncate(file_.get(), static_cast<off_t>(bytes.size())) == 0;
  }

 private:
  bool write(std::string_view bytes, std::size_t at) const {
    while (!bytes.empty()) {
      const ssize_t put = ::pwrite(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(at));
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(put));
      at += static_cast<std::size_t>(put);
    }
    return true;
  }

  FileDescriptor file_;
  struct stat status_ {};
};

// Drops the oldest until both limits hold with room for `more` bytes.
std::string bounded(std::vector<std::string>& entries, std::size_t more) {
  std::vector<std::string> lines;
  std::size_t size = more;
  while (lines.size() < std::min(entries.size(), ChatHistory::max_entries)) {
    std::string line = as_line(entries[entries.size() - 1 - lines.size()]);
    if (size + line.size() > ChatHistory::max_bytes) break;
    size += line.size();
    lines.push_back(std::move(line));
  }
  entries.erase(entries.begin(), entries.end() - static_cast<std::ptrdiff_t>(lines.size()));
  return fmt::format("{}", fmt::join(lines.rbegin(), lines.rend(), ""));
}

bool is_of_key(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
         c == '_';
}

bool looks_random(std::string_view word) {
  const auto has = [word](char low, char high) {
    return std::ranges::any_of(word, [=](char c) { return c >= low && c <= high; });
  };
  return word.size() >= 32 && has('0', '9') && (has('a', 'z') || has('A', 'Z'));
}

bool may_be_key(std::string_view word) {
  constexpr std::array<std::string_view, 12> beginnings = {
      "sk-",  "AIza", "byok_", "byokchat_", "byokadmin_", "byoklink_",
      "csk-", "gsk_", "xai-",  "pplx-",     "hf_",        "r8_"};
  if (word.size() < 16) return false;
  return looks_random(word) || std::ranges::any_of(beginnings, [word](std::string_view beginning) {
           return word.starts_with(beginning);
         });
}

}  // namespace

bool may_hold_key(std::string_view text) {
  while (!text.empty()) {
    const auto* end = std::ranges::find_if_not(text, is_of_key);
    const auto size = static_cast<std::size_t>(end - text.begin());
    if (may_be_key(text.substr(0, size))) return true;
    text.remove_prefix(std::min(size + 1, text.size()));
  }
  return false;
}

std::string ChatHistory::usual_path() {
  return personal_state_dir(Env::of_process()) + "/chat_history";
}

Outcome<std::vector<std::string>> ChatHistory::load() {
  std::vector<std::string> entries;
  if (path_.empty()) return entries;
  const Locked file(path_, O_RDWR);
  if (!file) {
    if (errno == ENOENT) return entries;
    return cannot("read", path_);
  }
  std::string bytes;
  if (!file.is_regular()) return entries;
  if (!file.read(bytes)) return cannot("read", path_);
  entries = entries_of(bytes);
  if (entries.size() > max_entries || file.size() > max_bytes) {
    if (!file.replace(bounded(entries, 0))) return cannot("write", path_);
  }
  return entries;
}

Outcome<void> ChatHistory::add(std::string_view entry) {
  if (path_.empty() || entry.size() > max_entry || entry.starts_with(' ') || may_hold_key(entry)) {
    return {};
  }
  std::error_code ignored;  // the file tells
  const std::filesystem::path folder = std::filesystem::path(path_).parent_path();
  if (!std::filesystem::exists(folder, ignored)) {
    std::filesystem::create_directories(folder, ignored);
    ::chmod(folder.c_str(), 0700);
  }
  const Locked file(path_, O_RDWR | O_CREAT);
  if (!file) return cannot("write", path_);
  if (!file.is_regular()) return {};
  std::string line = as_line(entry);
  if (file.size() + line.size() > max_bytes) {
    std::string bytes;
    if (!file.read(bytes)) return cannot("read", path_);
    std::vector<std::string> entries = entries_of(bytes);
    // Half of it, so that not each further one has to do this.
    if (!file.replace(bounded(entries, max_bytes / 2) + line)) return cannot("write", path_);
    return {};
  }
  if (!file.append(std::move(line))) return cannot("write", path_);
  return {};
}

}  // namespace byok::cli

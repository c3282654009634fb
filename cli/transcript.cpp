#include "cli/transcript.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "cli/descriptor_io.hpp"
#include "cli/files.hpp"
#include "common/file_descriptor.hpp"
#include "common/new_name.hpp"

namespace byok::cli {
namespace {

std::string heading(std::string_view who) { return fmt::format("## {}\n\n", who); }

std::string paragraph(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  return fmt::format("{}\n\n", text);
}

Failure cannot_write(const std::string& path) {
  return {Exit::failed, fmt::format("cannot write {}: {}", path, std::strerror(errno))};
}

// Beside its place under another name, then in it. The name must be free unless `mode` is that of
// what is replaced.
Outcome<void> write_whole(const std::string& path, std::string_view text, const mode_t* mode) {
  std::string part = path + ".part-XXXXXX";
  const FileDescriptor file(::mkostemp(part.data(), O_CLOEXEC));
  if (!file) return cannot_write(path);
  const mode_t mask = ::umask(0);
  ::umask(mask);
  const bool written =
      ::fchmod(file.get(), mode != nullptr ? *mode : 0666 & ~mask) == 0 &&
      write_all(file.get(), text) && ::fsync(file.get()) == 0 &&
      (mode != nullptr ? std::rename(part.c_str(), path.c_str()) == 0 : give_new_name(part, path));
  if (written) return {};
  const Failure failure = cannot_write(path);
  ::unlink(part.c_str());
  return failure;
}

}  // namespace

std::string transcript(const Conversation& conversation) {
  std::string text = "# A conversation\n\n";
  if (!conversation.system.empty()) text += heading("System") + paragraph(conversation.system);
  for (const Turn& turn : conversation.turns) {
    text += heading("You");
    if (!turn.question.text.empty()) text += paragraph(turn.question.text);
    for (const Attachment& each : turn.question.attachments) {
      text += each.is_picture() ? fmt::format("*(picture: {})*\n\n", each.name)
                                : paragraph(quoted(each));
    }
    text += heading(turn.model) + paragraph(turn.answer);
    if (turn.broken_off) text += "*(broken off)*\n\n";
  }
  text.pop_back();
  return text;
}

Outcome<void> may_replace(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) {
    if (S_ISREG(status.st_mode)) return {};
    return usage_error(fmt::format("{} is no regular file: give another name", path));
  }
  if (!is_there(path)) return {};
  return usage_error(fmt::format("{} is a link to nothing that is there: give another name", path));
}

Outcome<void> write_file(const std::string& path, std::string_view text, bool replace) {
  if (auto may = may_replace(path); !may) return may;
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return write_whole(path, text, nullptr);
  if (!replace) return usage_error(fmt::format("{} is there already: give another name", path));
  // A link keeps leading to what it leads to.
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr),
                                                         &std::free);
  if (!real) return cannot_write(path);
  const mode_t mode = status.st_mode & 07777;
  return write_whole(real.get(), text, &mode);
}

}  // namespace byok::cli

#include "cli/terminal_input.hpp"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "cli/text.hpp"

namespace byok::cli {
namespace {

// How many bytes a character takes that begins so; 1 for what begins none.
std::size_t length_by(char first) {
  const auto byte = static_cast<unsigned char>(first);
  if (byte >= 0xf0) return 4;
  if (byte >= 0xe0) return 3;
  return byte >= 0xc0 ? 2 : 1;
}

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

}  // namespace

TerminalInput::Next TerminalInput::next() {
  Next why_not{Event::ended};
  if (bytes_.empty() && !fill(why_not)) return why_not;
  const std::size_t length = length_by(bytes_.front());
  std::size_t there = 1;
  while (there < length) {
    // A character may come in two halves.
    if (there == bytes_.size() && !fill(why_not)) return why_not;
    if (!continues(bytes_[there])) break;
    ++there;
  }
  return {Event::character, take_character(there)};
}

TerminalInput::Next TerminalInput::until(std::string_view end, std::string& text) {
  Next why_not{Event::ended};
  while (!text.ends_with(end)) {
    if (bytes_.empty() && !fill(why_not)) return why_not;
    text += bytes_.front();
    bytes_.pop_front();
  }
  text.resize(text.size() - end.size());
  return {Event::character};
}

void TerminalInput::feed(std::string_view bytes) {
  bytes_.insert(bytes_.begin(), bytes.begin(), bytes.end());
}

bool TerminalInput::fill(Next& why_not) {
  for (;;) {
    std::array<pollfd, 2> polled{{{terminal_, POLLIN, 0}, {signal_fd_, POLLIN, 0}}};
    if (poll(polled.data(), polled.size(), -1) < 0) {
      if (errno == EINTR) continue;
      return false;
    }
    if (polled[1].revents != 0) {
      why_not.event = Event::signal;
      return false;
    }
    std::array<char, 4096> part{};
    const ssize_t size = read(terminal_, part.data(), part.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return false;
    bytes_.insert(bytes_.end(), part.data(), part.data() + size);
    return true;
  }
}

char32_t TerminalInput::take_character(std::size_t length) {
  const std::string bytes(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(length));
  bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(length));
  if (well_formed(bytes) != bytes) return U'\ufffd';
  const auto first = static_cast<unsigned char>(bytes[0]);
  if (length == 1) return first;
  char32_t character = first & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    character = character << 6U | (static_cast<unsigned char>(bytes[i]) & 0x3fU);
  }
  return character;
}

}  // namespace byok::cli

#include "tests/support/wire/http.hpp"

#include <strings.h>

#include <algorithm>
#include <charconv>

namespace byok::testing {
namespace {

constexpr std::size_t read_size = 64 * 1024;

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::uint64_t number(std::string_view text, int base) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, base);
  return value;
}

}  // namespace

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

const std::string* find(const Headers& headers, std::string_view name) {
  for (const Header& header : headers) {
    if (same_name(header.name, name)) return &header.value;
  }
  return nullptr;
}

std::string format_head(std::string_view first_line, const Headers& headers) {
  std::string out(first_line);
  out += "\r\n";
  for (const Header& header : headers) out += header.name + ": " + header.value + "\r\n";
  return out += "\r\n";
}

std::string format_chunk(std::string_view bytes) {
  char size[16];
  char* end = std::to_chars(size, size + sizeof size, bytes.size(), 16).ptr;
  std::string out(size, end);
  out += "\r\n";
  out += bytes;
  return out += "\r\n";
}

bool HttpReader::fill() {
  buffer_.erase(0, begin_);
  begin_ = 0;
  std::size_t old = buffer_.size();
  buffer_.resize(old + read_size);
  std::size_t got = 0;
  try {
    got = stream_.read_some(buffer_.data() + old, read_size);
  } catch (...) {
    buffer_.resize(old);
    throw;
  }
  buffer_.resize(old + got);
  return got > 0;
}

std::string HttpReader::read_line() {
  for (;;) {
    std::size_t end = buffer_.find('\n', begin_);
    if (end != buffer_.npos) {
      std::string line = buffer_.substr(begin_, end - begin_);
      begin_ = end + 1;
      if (line.ends_with('\r')) line.pop_back();
      return line;
    }
    if (!fill()) throw ConnectionLost("the message ended in the middle of a line");
  }
}

std::optional<Head> HttpReader::read_head() {
  if (begin_ == buffer_.size() && !fill()) return std::nullopt;
  Head head;
  head.first_line = read_line();
  head.raw = head.first_line + "\r\n";
  for (;;) {
    std::string line = read_line();
    head.raw += line + "\r\n";
    if (line.empty()) return head;
    std::size_t colon = std::min(line.find(':'), line.size());
    head.headers.push_back(
        {line.substr(0, colon),
         std::string(trim(std::string_view(line).substr(std::min(colon + 1, line.size()))))});
  }
}

void HttpReader::begin_body(const Head& head, bool is_answer, bool none) {
  framing_ = Framing::length;
  left_ = 0;
  const std::string* length = find(head.headers, "content-length");
  const std::string* coding = find(head.headers, "transfer-encoding");
  if (none) {
    done_ = true;
    return;
  }
  if (coding != nullptr && coding->ends_with("chunked")) {
    framing_ = Framing::chunked;
  } else if (length != nullptr) {
    left_ = number(*length, 10);
  } else if (is_answer) {
    framing_ = Framing::until_close;
  }
  done_ = framing_ == Framing::length && left_ == 0;
}

bool HttpReader::take(std::string& piece) {
  if (begin_ == buffer_.size() && !fill()) return false;
  std::size_t size = buffer_.size() - begin_;
  if (framing_ != Framing::until_close && size > left_) size = static_cast<std::size_t>(left_);
  piece.assign(buffer_, begin_, size);
  begin_ += size;
  left_ -= framing_ == Framing::until_close ? 0 : size;
  return true;
}

bool HttpReader::read_body(std::string& piece) {
  piece.clear();
  if (done_) return false;
  if (framing_ == Framing::chunked && left_ == 0) {
    left_ = number(read_line(), 16);
    if (left_ == 0) {
      while (!read_line().empty()) {
      }
      done_ = true;
      return false;
    }
  }
  if (!take(piece)) {
    done_ = true;
    if (framing_ == Framing::until_close) return false;
    throw ConnectionLost("the body ended too early");
  }
  if (framing_ == Framing::chunked && left_ == 0) read_line();
  if (framing_ == Framing::length && left_ == 0) done_ = true;
  return true;
}

}  // namespace byok::testing

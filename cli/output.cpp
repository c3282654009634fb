#include "cli/output.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <iterator>
#include <system_error>

#include "cli/descriptor_io.hpp"
#include "cli/text.hpp"

namespace byok::cli {
namespace {

// The colour of a word that the API or the doctor says of something; empty for others.
std::string_view colour_of(std::string_view state) {
  constexpr std::string_view good[] = {"ok", "active", "valid"};
  constexpr std::string_view between[] = {"warning", "restricted", "unknown"};
  constexpr std::string_view bad[] = {"bad", "rejected", "unreadable"};
  if (std::ranges::find(good, state) != std::end(good)) return "\x1b[32m";
  if (std::ranges::find(between, state) != std::end(between)) return "\x1b[33m";
  if (std::ranges::find(bad, state) != std::end(bad)) return "\x1b[31m";
  return {};
}

std::string line(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths,
                 std::optional<std::size_t> coloured = {}) {
  std::string text;
  std::size_t missing = 0;  // blanks up to the next cell; none at the line's end
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string_view colour = i == coloured ? colour_of(cells[i]) : std::string_view();
    text.append(missing, ' ').append(colour).append(cells[i]);
    if (!colour.empty()) text += "\x1b[0m";
    missing = widths[i] - columns(cells[i]) + 2;
  }
  return text;
}

}  // namespace

bool is_terminal(int fd) { return isatty(fd) == 1; }

std::size_t terminal_width(int fd) {
  winsize size{};
  return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

bool speaks_utf8() {
  // The first that is set decides, as in setlocale(3).
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    std::string locale(value);
    std::ranges::transform(locale, locale.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return locale.find("utf-8") != locale.npos || locale.find("utf8") != locale.npos;
  }
  return false;
}

void print(std::string_view text) {
  if (!write_all(STDOUT_FILENO, text)) {
    throw std::system_error(errno, std::generic_category(), "cannot write the output");
  }
}

void print_document(std::string_view text) {
  print(text);
  if (!text.ends_with('\n')) print("\n");
}

void complain(std::string_view text) { remark(fmt::format("byok: {}", text)); }

void complain(const Failure& failure) { complain(failure.message); }

void remark(std::string_view text) {
  // Nobody can be told that stderr fails.
  static_cast<void>(write_all(STDERR_FILENO, on_one_line(text) + '\n'));
}

bool moves_cursor(int fd) {
  const char* term = std::getenv("TERM");
  return isatty(fd) == 1 && term != nullptr && *term != '\0' && std::string_view(term) != "dumb";
}

bool is_styled(int fd) {
  const char* no_color = std::getenv("NO_COLOR");
  return moves_cursor(fd) && (no_color == nullptr || *no_color == '\0');
}

std::string render(const Table& table, bool styled) {
  std::vector<std::vector<std::string>> rows = table.rows;
  std::vector<std::size_t> widths;
  for (const std::string& header : table.headers) widths.push_back(columns(header));
  for (std::vector<std::string>& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      row[i] = on_one_line(row[i]);
      widths[i] = std::max(widths[i], columns(row[i]));
    }
  }
  std::string text;
  const bool headed = std::ranges::any_of(table.headers, [](auto& name) { return !name.empty(); });
  if (headed) {
    text = line(table.headers, widths);
    if (styled) text = "\x1b[1m" + text + "\x1b[0m";
    text += '\n';
  }
  const auto coloured = styled ? table.state_column : std::nullopt;
  for (const std::vector<std::string>& row : rows) text += line(row, widths, coloured) + '\n';
  return text;
}

void print(const Table& table) { print(render(table, is_styled(STDOUT_FILENO))); }

}  // namespace byok::cli

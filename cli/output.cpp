#include "cli/output.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "cli/text.hpp"

namespace byok::cli {
namespace {

// False, with errno, where not all could be written.
bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    ssize_t size = write(fd, text.data(), text.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(size));
  }
  return true;
}

bool stdout_is_styled() {
  const char* no_color = std::getenv("NO_COLOR");
  return isatty(STDOUT_FILENO) == 1 && (no_color == nullptr || *no_color == '\0');
}

std::string line(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) {
  std::string text;
  std::size_t missing = 0;  // blanks up to the next cell; none at the line's end
  for (std::size_t i = 0; i < cells.size(); ++i) {
    text.append(missing, ' ').append(cells[i]);
    missing = widths[i] - columns(cells[i]) + 2;
  }
  return text;
}

}  // namespace

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
  std::string text = line(table.headers, widths);
  if (styled) text = "\x1b[1m" + text + "\x1b[0m";
  text += '\n';
  for (const std::vector<std::string>& row : rows) text += line(row, widths) + '\n';
  return text;
}

void print(const Table& table, std::string_view if_empty) {
  if (table.rows.empty()) {
    remark(if_empty);
  } else {
    print(render(table, stdout_is_styled()));
  }
}

std::string human_bytes(std::uint64_t bytes) {
  constexpr std::array units = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes < 1024) return fmt::format("{} B", bytes);
  double size = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  for (; size >= 1024 && unit + 1 < units.size(); ++unit) size /= 1024;
  return fmt::format("{:.1f} {}", size, units[unit]);
}

std::string human_seconds(std::uint64_t seconds) {
  if (seconds < 60) return fmt::format("{}s", seconds);
  if (seconds < 3600) return fmt::format("{}m {}s", seconds / 60, seconds % 60);
  if (seconds < 86400) return fmt::format("{}h {}m", seconds / 3600, seconds % 3600 / 60);
  return fmt::format("{}d {}h", seconds / 86400, seconds % 86400 / 3600);
}

}  // namespace byok::cli

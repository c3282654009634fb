#include "cli/import_report.hpp"

#include <fmt/format.h>

#include "cli/json.hpp"

namespace byok::cli {

void ImportReport::take(std::string_view piece) {
  lines_.take(piece, [this](std::string_view line) { take_line(line); });
}

void ImportReport::finish() { take("\n"); }

void ImportReport::take_line(std::string_view line) {
  if (line.empty()) return;
  auto answer = parse_json(line);
  if (!answer) {
    ++failed_;
    listener_.on_failure("an answer is not JSON: is byokd of another version?");
    return;
  }
  if (text_at(*answer, "ok") != "true") {
    ++failed_;
    listener_.on_failure(fmt::format("line {} ({}): {}", text_at(*answer, "line"),
                                     text_at(*answer, "error"), text_at(*answer, "message")));
    return;
  }
  ++done_;
  if (std::string token = text_at(*answer, "token"); token != "-") {
    listener_.on_token(text_at(*answer, "tenant"), token);
  }
}

}  // namespace byok::cli

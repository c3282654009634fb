#include "cli/import_report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/json.hpp"

namespace byok::cli {

void ImportReport::take(std::string_view piece) {
  lines_.take(piece, [this](std::string_view line) { take_line(line); });
}

void ImportReport::finish(bool whole) {
  if (whole || parse_json(lines_.rest())) take("\n");
}

void ImportReport::take_line(std::string_view line) {
  if (line.empty()) return;
  auto answer = parse_json(line);
  if (!answer) {
    ++failed_;
    listener_.on_failure("NO_JSON", "an answer is not JSON: is byokd of another version?");
    return;
  }
  take_answer(*answer);
  if (listener_.on_answer) listener_.on_answer(*answer);
}

void ImportReport::take_answer(const boost::json::value& answer) {
  last_line_ = std::max(last_line_, number_at(answer, "line"));
  if (text_at(answer, "ok") != "true") {
    ++failed_;
    const std::string code = text_at(answer, "error");
    listener_.on_failure(code, fmt::format("line {} ({}): {}", text_at(answer, "line"), code,
                                           text_at(answer, "message")));
    return;
  }
  ++done_;
  if (std::string token = text_at(answer, "token"); token != "-") {
    ++new_tokens_;
    listener_.on_token(text_at(answer, "tenant"), token);
  } else if (text_at(answer, "tokenId") != "-") {
    ++old_tokens_;
  }
}

}  // namespace byok::cli

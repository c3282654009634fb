// What byok reads of byokd's answers: a stream's text and end and an import's report are the same
// however they are cut; and text from elsewhere is made fit for the terminal and for JSON. The
// first byte picks the pieces.
#include <algorithm>
#include <string>
#include <string_view>

#include "cli/chat_stream.hpp"
#include "cli/import_report.hpp"
#include "cli/json.hpp"
#include "cli/text.hpp"
#include "tests/fuzz/support.hpp"

using namespace byok;
using fuzz::require;

namespace {

std::string show_chat(std::string_view bytes, std::size_t piece) {
  std::string shown;
  cli::ChatStream stream([&shown](std::string_view text) { shown += text; });
  fuzz::each_piece(bytes, piece, [&](std::string_view part) {
    stream.take(part);
    return true;
  });
  const auto end = stream.finish();
  return shown + "|" + (end ? end->str() : end.error().message);
}

std::string show_import(std::string_view bytes, std::size_t piece) {
  std::string shown;
  std::uint64_t told = 0;
  cli::ImportReport report({[&](std::string_view tenant, std::string_view token) {
                              shown.append(tenant).append("=").append(token).append("\n");
                            },
                            [&](std::string_view, std::string_view sentence) {
                              ++told;
                              shown.append(sentence).append("\n");
                            }});
  fuzz::each_piece(bytes, piece, [&](std::string_view part) {
    report.take(part);
    return true;
  });
  report.finish(true);
  require(report.failed() == told);
  return shown + std::to_string(report.done());
}

bool has_control(std::string_view text, bool lines) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte < 0x20 && !(lines && (byte == '\n' || byte == '\t'))) || byte == 0x7f) return true;
    // U+0080 to U+009F.
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0U;
    if (byte == 0xc2 && next >= 0x80 && next < 0xa0) return true;
  }
  return false;
}

void check_text(std::string_view text) {
  const std::string shown = cli::without_controls(text);
  require(!has_control(shown, true) && cli::without_controls(shown) == shown);
  require(!has_control(cli::on_one_line(text), false));
  require(cli::columns(shown) <= shown.size());
  const std::string formed = cli::well_formed(text);
  require(cli::well_formed(formed) == formed && formed.size() <= 3 * text.size());
  const std::string_view inside = cli::trimmed(text);
  require(cli::trimmed(inside) == inside && text.find(inside) != text.npos);
}

void check_json(std::string_view text) {
  WipingBuffer quoted;
  cli::append_json_string(quoted, text);
  const auto back = cli::parse_json({quoted.data(), quoted.size()});
  require(back && back->is_string());
  const bool ascii = std::ranges::all_of(text, [](char c) { return (c & 0x80) == 0; });
  if (ascii) require(std::string_view(back->get_string()) == text);

  const auto value = cli::parse_json(text);
  if (!value) return;
  for (const std::string_view name : {"a", "token", "limit"}) {
    (void)cli::text_at(*value, name);
    (void)cli::number_at(*value, name);
    (void)cli::list_at(*value, name);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::size_t piece = std::size_t{1} + data[0] % 32;
  const std::string_view bytes = fuzz::view(data + 1, size - 1);
  require(show_chat(bytes, piece) == show_chat(bytes, size));
  require(show_import(bytes, piece) == show_import(bytes, size));
  check_text(bytes);
  check_json(bytes);
  return 0;
}

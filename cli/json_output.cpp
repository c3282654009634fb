#include "cli/json_output.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <iterator>

#include "cli/output.hpp"

namespace byok::cli {
namespace {

// C1 is written as this byte and one from 0x80 to 0x9f.
constexpr char c1_lead = '\xc2';

bool is_control(unsigned char byte) {
  return byte == 0x7f || (byte < 0x20 && byte != '\n' && byte != '\r' && byte != '\t');
}

}  // namespace

std::string ControlEscaper::take(std::string_view piece) {
  std::string text;
  text.reserve(piece.size());
  const auto escape = [&text](unsigned char byte) {
    fmt::format_to(std::back_inserter(text), "\\u{:04x}", byte);
  };
  for (const char each : piece) {
    const auto byte = static_cast<unsigned char>(each);
    if (begun_) {
      begun_ = false;
      if (byte >= 0x80 && byte < 0xa0) {
        escape(byte);
        continue;
      }
      text += c1_lead;
    }
    if (each == c1_lead) {
      begun_ = true;
    } else if (is_control(byte)) {
      escape(byte);
    } else {
      text += each;
    }
  }
  return text;
}

JsonPrinter::JsonPrinter() : on_terminal_(is_terminal(STDOUT_FILENO)) {}

void JsonPrinter::print(std::string_view piece) {
  if (on_terminal_) {
    cli::print(escaper_.take(piece));
  } else {
    cli::print(piece);
  }
}

void print_json(std::string_view document) {
  JsonPrinter printer;
  printer.print(document);
  if (!document.ends_with('\n')) printer.print("\n");
}

}  // namespace byok::cli

// Which model a body asks for, and whether streamed: the same however the body is cut, where it
// says it is, and as a parser of the whole body sees it. The first byte picks the pieces.
#include <optional>
#include <string>
#include <string_view>

#include "daemon/providers/body_scan.hpp"
#include "daemon/providers/json_read.hpp"
#include "tests/fuzz/support.hpp"

using namespace byok::providers;
using byok::fuzz::require;
using State = BodyScan::State;

namespace {

void require_same(const BodyScan& a, const BodyScan& b) {
  require(a.state() == b.state() && a.model_found() == b.model_found());
  require(a.model() == b.model() && a.stream() == b.stream());
  if (!a.model_found()) return;
  require(a.model_offset() == b.model_offset() && a.model_length() == b.model_length());
}

void check_place(const BodyScan& scan, std::string_view body) {
  if (!scan.model_found()) return;
  const std::uint64_t begin = scan.model_offset();
  const std::uint64_t end = begin + scan.model_length();
  require(begin > 0 && end < body.size() && body[begin - 1] == '"' && body[end] == '"');
  const auto string = parse_json(body.substr(begin - 1, end - begin + 2));
  if (string) require(std::string_view(string->get_string()) == scan.model());
}

// A body in which no name stands twice is read as the tree that it is.
void check_tree(const json::object& tree) {
  const std::string body = to_text(tree);
  BodyScan scan;
  scan.feed(body);
  const std::optional<std::string_view> model = find_string(tree, "model");
  if (model && model->size() > BodyScan::max_model) {
    require(scan.state() == State::malformed);
    return;
  }
  require(scan.state() == State::done);
  require(scan.model_found() == model.has_value() && scan.model() == model.value_or(""));
  const json::value* stream = tree.if_contains("stream");
  require(scan.stream().has_value() == (stream != nullptr && stream->is_bool()));
  if (scan.stream()) require(*scan.stream() == stream->get_bool());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view body = byok::fuzz::view(data + 1, size - 1);
  BodyScan whole;
  whole.feed(body);
  BodyScan pieces;
  byok::fuzz::each_piece(body, std::size_t{1} + data[0] % 32, [&](std::string_view piece) {
    pieces.feed(piece);
    return true;
  });
  require_same(whole, pieces);
  check_place(whole, body);
  if (const auto tree = parse_json(body); tree && tree->is_object()) check_tree(tree->get_object());
  return 0;
}

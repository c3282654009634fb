// What goes to a provider with the operator's key. Of any body: refused, or one that refers to
// nothing stored, has no name twice and says what it said before, but that nothing is to be kept.
// Of any path: allowed only where it can be nothing but a call on a model that everybody may use.
// The first byte picks format and path.
#include <array>
#include <string>
#include <string_view>

#include "daemon/providers/global_key.hpp"
#include "daemon/providers/json_read.hpp"
#include "daemon/providers/stored_state.hpp"
#include "tests/fuzz/support.hpp"

using namespace byok;
using namespace byok::providers;
using fuzz::require;

namespace {

constexpr std::array<std::string_view, 4> paths = {
    "/v1/responses", "/v1/chat/completions", "/v1/messages", "/v1beta/models/m:generateContent"};

void check_body(Format format, std::string_view path, std::string_view body) {
  const auto sent = body_for_global_key(format, path, body);
  if (!sent) {
    require(sent.error().code == Errc::invalid_json ||
            sent.error().code == Errc::global_key_not_allowed);
    require(!sent.error().message().empty());
    return;
  }
  auto before = parse_json(body);
  auto after = parse_json(*sent);
  require(before && before->is_object() && after && after->is_object());
  require(!find_stored_state(format, after->get_object()));
  require(body_for_global_key(format, path, *sent).has_value());
  if (format == Format::openai && path == "/v1/responses") {
    const json::value* store = after->get_object().if_contains("store");
    require(store != nullptr && store->is_bool() && !store->get_bool());
    before->get_object().erase("store");
    after->get_object().erase("store");
  }
  // Written anew, a number may change in its last digit.
  require(*after == *before || *after == parse_json(to_text(*before)));
}

// "models/X" of "models/X:verb", as Google has it.
std::string_view without_verb(Format format, std::string_view path) {
  if (format != Format::gemini) return path;
  std::size_t colon = path.rfind(':');
  for (const std::string_view escaped : {"%3A", "%3a"}) {
    const std::size_t at = path.rfind(escaped);
    if (at != path.npos && (colon == path.npos || at > colon)) colon = at;
  }
  return path.substr(0, colon);
}

void check_path(Format format, std::string_view path) {
  for (const std::string_view method : {"GET", "POST", "DELETE"}) {
    if (!global_key_may_call(format, method, path)) continue;
    require(method != "DELETE" && path.starts_with("/v1"));
    require(path.find("/../") == path.npos && !path.ends_with("/.."));
    require(global_key_may_use_model(without_verb(format, path)));
    for (std::size_t at = path.find('%'); at != path.npos; at = path.find('%', at + 1)) {
      require(path.substr(at, 3) == "%3A" || path.substr(at, 3) == "%3a");
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const auto format = static_cast<Format>(data[0] % 3);
  const std::string_view text = fuzz::view(data + 1, size - 1);
  check_body(format, paths[data[0] / 3 % paths.size()], text);
  check_path(format, text);
  return 0;
}

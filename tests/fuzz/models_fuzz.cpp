// Lists of models as providers answer them, and any other answer: where a list goes on is part of a
// path and nothing else; what a tenant sees with the operator's key holds none of his own models;
// and what is said of a failure is one short line. The first byte picks the format.
#include <string>
#include <string_view>

#include "common/http1/characters.hpp"
#include "daemon/providers/errors.hpp"
#include "daemon/providers/global_key.hpp"
#include "daemon/providers/json_read.hpp"
#include "daemon/providers/model_list.hpp"
#include "daemon/providers/models.hpp"
#include "daemon/providers/probe.hpp"
#include "tests/fuzz/support.hpp"

using namespace byok;
using namespace byok::providers;
using fuzz::require;

namespace {

void check_page(Format format, std::string_view text) {
  const auto page = parse_model_page(format, text);
  if (!page) {
    require(page.error().code == Errc::provider_error);
    return;
  }
  const std::string first = list_models_request(format).path;
  const std::string next = list_models_request(format, page->next).path;
  require(next.starts_with(first) && http1::all(next, http1::target_char));
  if (!page->next.empty()) require(next.find('&', first.size() + 1) == next.npos);
  for (const std::string& id : page->ids) {
    require(!id.empty() || format == Format::gemini);
    const ModelName name = split_provider_prefix(id);
    require(std::string_view(id).ends_with(name.rest));
    (void)provider_of_model(name.rest);
  }
}

void check_operators_list(Format format, std::string_view text) {
  const auto list = models_for_global_key(format, text);
  if (!list) return;
  const bool gemini = format == Format::gemini;
  const auto page = parse_json(*list);
  require(page && page->is_object());
  const json::array* models = find_array(page->get_object(), gemini ? "models" : "data");
  require(models != nullptr);
  for (const json::value& model : *models) {
    const auto name = find_string(model.get_object(), gemini ? "name" : "id");
    require(name && global_key_may_use_model(*name));
  }
  const auto again = models_for_global_key(format, *list);
  require(again && parse_json(*again).has_value());
}

void check_message(Format format, std::string_view text) {
  const std::string message = error_message(format, text);
  require(!message.empty() && message.size() <= 500);
  for (const char c : message) require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
  // Still UTF-8, where it was cut too.
  require(parse_json(quoted(message)).has_value());
  for (const int status : {400, 401, 403, 404, 429, 500}) (void)judge_probe(format, status, text);
  const Error error(Errc::provider_error, message);
  for (const Format shape : {Format::openai, Format::anthropic, Format::gemini}) {
    require(parse_json_object(error_body(shape, error, 502, "req_1")).has_value());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const auto format = static_cast<Format>(data[0] % 3);
  const std::string_view text = fuzz::view(data + 1, size - 1);
  check_page(format, text);
  check_operators_list(format, text);
  check_message(format, text);
  return 0;
}

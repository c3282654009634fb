// Embeddings. Whatever a caller asks for: refused, or a call of that model for so many texts.
// Whatever a provider answers: refused, or one vector of numbers for each text, in both of our
// shapes. The first byte picks format and count.
#include <string>
#include <string_view>

#include "common/encoding.hpp"
#include "daemon/providers/embeddings.hpp"
#include "tests/fuzz/requests.hpp"

using namespace byok;
using namespace byok::providers;
using fuzz::require;

namespace {

void check_request(Format format, const json::object& request) {
  const std::string model(string_or_empty(request, "model"));
  const auto asked = translate_embeddings(format, request, model);
  if (!asked) {
    require(!asked.error().message().empty() && !asked.error().parameter().empty());
    return;
  }
  require(format != Format::anthropic && asked->count > 0);
  const auto body = parse_json_object(asked->upstream.body);
  require(body.has_value());
  const json::array* inputs = find_array(*body, format == Format::gemini ? "requests" : "input");
  require(inputs != nullptr && inputs->size() == asked->count);
  if (format == Format::openai) {
    require(asked->upstream.path == "/v1/embeddings" && find_string(*body, "model") == model);
  } else {
    fuzz::check_request_path(asked->upstream.path, model.starts_with("tunedModels/")
                                                       ? "/v1beta/tunedModels/"
                                                       : "/v1beta/models/");
  }
}

void check_written(const Embeddings& embeddings, bool packed) {
  const auto body = parse_json_object(write_embeddings(embeddings, "m", packed));
  const json::array* data = body ? find_array(*body, "data") : nullptr;
  require(data != nullptr && data->size() == embeddings.vectors.size());
  for (std::size_t i = 0; i < data->size(); ++i) {
    const json::object& entry = (*data)[i].get_object();
    const std::size_t numbers = embeddings.vectors[i].size();
    if (packed) {
      const auto bytes = from_base64(find_string(entry, "embedding").value());
      require(bytes && bytes->size() == numbers * sizeof(float));
    } else {
      require(find_array(entry, "embedding")->size() == numbers);
    }
  }
}

void check_answer(Format format, std::string_view text, std::size_t count) {
  const auto embeddings = parse_embeddings(format, text, count);
  if (!embeddings) {
    require(embeddings.error().code == Errc::provider_error);
    return;
  }
  require(embeddings->vectors.size() == count);
  for (const json::array& vector : embeddings->vectors) require(!vector.empty());
  check_written(*embeddings, false);
  check_written(*embeddings, true);
  require(parse_json_object(write_ai_embeddings(*embeddings, "m")).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const auto format = static_cast<Format>(data[0] % 3);
  const std::string_view text = fuzz::view(data + 1, size - 1);
  if (const auto request = parse_json_object(text)) check_request(format, *request);
  check_answer(format, text, data[0] / 3 % 4);
  return 0;
}

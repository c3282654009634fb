#include "daemon/providers/embeddings.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "common/encoding.hpp"
#include "daemon/providers/gemini_models.hpp"
#include "daemon/providers/json_read.hpp"

namespace byok::providers {
namespace {

static_assert(std::endian::native == std::endian::little, "floats are copied as they lie");

Error wrong(std::string parameter, std::string_view must) {
  std::string message = parameter + " " + std::string(must);
  return {Errc::bad_request, std::move(message), std::move(parameter)};
}

Error not_embeddings() {
  return {Errc::provider_error, "the provider's answer is not the embeddings that were asked for"};
}

constexpr std::array<std::string_view, 4> known = {"model", "input", "dimensions",
                                                   "encoding_format"};

bool is_tokens(const json::value& input) {
  const json::array* tokens = input.if_array();
  return tokens && !tokens->empty() && std::ranges::all_of(*tokens, [](const json::value& each) {
           return each.is_int64() || each.is_uint64();
         });
}

// An input is a text or an array of token numbers; many inputs are an array of them.
Result<json::array> inputs_of(const json::object& request) {
  constexpr std::string_view must = "must be a text, or an array of texts, none of them empty";
  const json::value* input = request.if_contains("input");
  if (!input) return wrong("input", must);
  json::array inputs;
  const json::array* several = input->if_array();
  if (several && !is_tokens(*input)) {
    inputs = *several;
  } else {
    inputs.push_back(*input);
  }
  if (inputs.empty()) return wrong("input", must);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const json::string* text = inputs[i].if_string();
    if (text ? !text->empty() : is_tokens(inputs[i])) continue;
    return wrong(several ? "input[" + std::to_string(i) + "]" : "input", must);
  }
  return inputs;
}

Result<std::uint64_t> dimensions_of(const json::object& request) {
  const json::value* dimensions = request.if_contains("dimensions");
  if (!dimensions || dimensions->is_null()) return std::uint64_t{0};
  auto count = find_count(request, "dimensions");
  if (!count || *count == 0) return wrong("dimensions", "must be a whole number of at least 1");
  return *count;
}

std::string openai_body(json::array inputs, std::uint64_t dimensions, const json::object& request,
                        std::string_view model) {
  json::object body;
  body["model"] = model;
  body["input"] = std::move(inputs);
  if (dimensions > 0) body["dimensions"] = dimensions;
  body["encoding_format"] = "float";
  for (const auto& [name, value] : request) body.emplace(name, value);
  return to_text(body);
}

Result<std::string> gemini_body(const json::array& inputs, std::uint64_t dimensions,
                                std::string_view model) {
  json::array requests;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const json::string* text = inputs[i].if_string();
    if (!text) {
      std::string parameter = "input[" + std::to_string(i) + "]";
      return Error{Errc::unsupported_parameter,
                   parameter + " must be a text: Gemini takes no tokens", parameter};
    }
    json::object one;
    one["model"] = gemini_resource(model);
    one["content"] = {{"parts", {{{"text", *text}}}}};
    if (dimensions > 0) one["outputDimensionality"] = dimensions;
    requests.push_back(std::move(one));
  }
  return to_text(json::object{{"requests", std::move(requests)}});
}

// A vector of numbers and nothing else.
std::optional<json::array> vector_in(const json::value& holder, std::string_view member) {
  const json::object* object = holder.if_object();
  const json::array* numbers = object ? find_array(*object, member) : nullptr;
  if (!numbers || numbers->empty()) return std::nullopt;
  bool all =
      std::ranges::all_of(*numbers, [](const json::value& each) { return each.is_number(); });
  return all ? std::optional(*numbers) : std::nullopt;
}

// OpenAI tells each one's place.
std::size_t place_of(const json::value& entry, std::size_t otherwise) {
  return find_count(entry.get_object(), "index").value_or(otherwise);
}

std::string packed_text(const json::array& numbers) {
  std::string bytes(numbers.size() * sizeof(float), '\0');
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    auto number = static_cast<float>(numbers[i].to_number<double>());
    std::memcpy(bytes.data() + i * sizeof number, &number, sizeof number);
  }
  return to_base64(bytes);
}

}  // namespace

Result<EmbeddingsRequest> translate_embeddings(Format format, const json::object& request,
                                               std::string_view model) {
  if (format == Format::anthropic) {
    return Error{Errc::unsupported_parameter,
                 "model must be OpenAI's or Gemini's: Anthropic has no embeddings", "model"};
  }
  Result<json::array> inputs = inputs_of(request);
  if (!inputs) return inputs.error();
  Result<std::uint64_t> dimensions = dimensions_of(request);
  if (!dimensions) return dimensions.error();

  EmbeddingsRequest asked{{}, inputs->size()};
  UpstreamRequest& out = asked.upstream;
  if (format == Format::openai) {
    out.path = "/v1/embeddings";
    json::object others = request;
    for (std::string_view name : known) others.erase(name);
    out.body = openai_body(std::move(*inputs), *dimensions, others, model);
    return asked;
  }
  Result<std::string> body = gemini_body(*inputs, *dimensions, model);
  if (!body) return body.error();
  out.path = gemini_path(model, "batchEmbedContents");
  out.body = std::move(*body);
  for (const auto& [name, value] : request) {
    bool is_known = std::ranges::find(known, std::string_view(name)) != known.end();
    if (!is_known && !says_nothing(value)) out.dropped.emplace_back(name);
  }
  return asked;
}

Result<Embeddings> parse_embeddings(Format format, std::string_view body, std::size_t count) {
  const std::optional<json::object> parsed = parse_json_object(body);
  const bool gemini = format == Format::gemini;
  const json::array* entries =
      parsed ? find_array(*parsed, gemini ? "embeddings" : "data") : nullptr;
  if (!entries || entries->size() != count) return not_embeddings();
  Embeddings out;
  out.vectors.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    auto numbers = vector_in((*entries)[i], gemini ? "values" : "embedding");
    if (!numbers) return not_embeddings();
    std::size_t place = gemini ? i : place_of((*entries)[i], i);
    if (place >= count || !out.vectors[place].empty()) return not_embeddings();
    out.vectors[place] = std::move(*numbers);
  }
  if (const json::object* usage = find_object(*parsed, gemini ? "usageMetadata" : "usage")) {
    const char* member = gemini ? "promptTokenCount" : "prompt_tokens";
    out.input_tokens = find_count(*usage, member).value_or(0);
  }
  return out;
}

std::string write_embeddings(const Embeddings& embeddings, std::string_view model, bool packed) {
  json::array data;
  for (std::size_t i = 0; i < embeddings.vectors.size(); ++i) {
    const json::array& numbers = embeddings.vectors[i];
    json::value vector = numbers;
    if (packed) vector = json::string(packed_text(numbers));
    data.push_back(
        json::object{{"object", "embedding"}, {"index", i}, {"embedding", std::move(vector)}});
  }
  json::object body;
  body["object"] = "list";
  body["data"] = std::move(data);
  body["model"] = model;
  body["usage"] = {{"prompt_tokens", embeddings.input_tokens},
                   {"total_tokens", embeddings.input_tokens}};
  return to_text(body);
}

std::string write_ai_embeddings(const Embeddings& embeddings, std::string_view model) {
  json::object body;
  body["embeddings"] = json::array(embeddings.vectors.begin(), embeddings.vectors.end());
  body["model"] = model;
  body["inputTokens"] = embeddings.input_tokens;
  return to_text(body);
}

}  // namespace byok::providers

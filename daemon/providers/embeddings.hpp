// Embeddings in one shape for all providers: OpenAI's request (POST /v1/embeddings) and Gemini's
// batchEmbedContents, and what either answers. Anthropic has none.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.hpp"
#include "daemon/providers/chat.hpp"

namespace byok::providers {

// `request` is in OpenAI's shape; its members "model" and "encoding_format" are ignored, the latter
// being how the answer is written. Errc::bad_request for a value of the wrong type,
// Errc::unsupported_parameter for what the provider does not have; both name the parameter.
struct EmbeddingsRequest {
  UpstreamRequest upstream;
  std::size_t count;  // of the inputs
};
Result<EmbeddingsRequest> translate_embeddings(Format format, const json::object& request,
                                               std::string_view model);

struct Embeddings {
  std::vector<json::array> vectors;  // Numbers, in the order of the inputs.
  std::uint64_t input_tokens = 0;    // 0 where the provider does not tell.
};

// The body of a 2xx answer. Errc::provider_error for anything but one vector of numbers for each of
// `count` inputs.
Result<Embeddings> parse_embeddings(Format format, std::string_view body, std::size_t count);

// OpenAI's answer; `packed` asks for base64 of little-endian 32-bit floats instead of numbers.
std::string write_embeddings(const Embeddings& embeddings, std::string_view model, bool packed);
// The answer of POST /ai/embeddings.
std::string write_ai_embeddings(const Embeddings& embeddings, std::string_view model);

}  // namespace byok::providers

// Token counts as OpenAI writes them.
#pragma once

#include "daemon/providers/chat.hpp"

namespace byok::providers {

inline json::object openai_usage(const Usage& usage) {
  return {{"prompt_tokens", usage.prompt},
          {"completion_tokens", usage.completion},
          {"total_tokens", usage.total},
          {"prompt_tokens_details",
           {{"cached_tokens", usage.cached}, {"cache_write_tokens", usage.cache_write}}},
          {"completion_tokens_details", {{"reasoning_tokens", usage.reasoning}}}};
}

}  // namespace byok::providers

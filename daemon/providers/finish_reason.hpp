// Why a model stopped, in the provider's word and in OpenAI's.
#pragma once

#include <span>
#include <string_view>

namespace byok::providers {

struct FinishRow {
  std::string_view native;
  std::string_view reason;
};

struct FinishReason {
  std::string_view reason;
  std::string_view native;  // Kept where OpenAI has no word for it.
};

// A word that the table lacks means "stop", and is kept.
constexpr FinishReason finish_reason(std::span<const FinishRow> table, std::string_view native) {
  for (const FinishRow& row : table) {
    if (row.native == native) return {row.reason, {}};
  }
  return {"stop", native};
}

}  // namespace byok::providers

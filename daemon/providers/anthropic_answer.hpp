// What Anthropic's whole answers and its streams have in common.
#pragma once

#include <array>
#include <string_view>

#include "daemon/providers/chat.hpp"
#include "daemon/providers/finish_reason.hpp"

namespace byok::providers {

inline constexpr std::array anthropic_finish_reasons = {
    FinishRow{"end_turn", "stop"},
    FinishRow{"stop_sequence", "stop"},
    FinishRow{"pause_turn", "stop"},
    FinishRow{"max_tokens", "length"},
    FinishRow{"model_context_window_exceeded", "length"},
    FinishRow{"tool_use", "tool_calls"},
    FinishRow{"refusal", "content_filter"},
};

// OpenAI's id for the answer with Anthropic's.
std::string anthropic_answer_id(std::string_view id);

// The reason that "stop_details" gives for a refusal; nothing where it gives none.
std::optional<std::string> anthropic_refusal(const json::object& holder);

}  // namespace byok::providers

// What a provider's refusal of a translated call means, in words that every client of OpenAI's API
// knows.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "daemon/providers/format.hpp"
#include "daemon/providers/probe.hpp"

namespace byok::providers {

struct UpstreamFailure {
  int status = 502;       // To be answered with.
  std::string_view type;  // OpenAI's error.type,
  std::string_view code;  // and error.code; empty for null.
  std::string message;    // The provider's own; see error_message for what it may hold.
  KeyVerdict key = KeyVerdict::unknown;    // What it says about the key.
  std::optional<std::string> retry_after;  // Seconds or a date, for that header.
  bool retry_is_useless = false;           // However long the client waits.
};

// `status` is no success. `retry_after` is what the provider's header of that name says, or empty.
UpstreamFailure read_failure(Format format, int status, std::string_view body,
                             std::string_view retry_after);

// It as OpenAI's servers would write it.
std::string openai_failure_body(const UpstreamFailure& failure);

}  // namespace byok::providers

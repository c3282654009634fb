#include "daemon/service/worker_metrics.hpp"

namespace byok::service {

std::size_t method_number(std::string_view method) {
  const std::size_t known = method_names.size() - 1;
  for (std::size_t i = 0; i < known; ++i) {
    if (method_names[i] == method) return i;
  }
  return known;
}

std::size_t status_class_number(int status) {
  if (status < 200 || status > 599) return status_class_names.size() - 1;
  return static_cast<std::size_t>(status / 100 - 2);
}

void ProviderCounts::count(store::KeySource source, CallOutcome outcome,
                           const providers::TokenCounts& used) {
  const std::size_t by = key_source_number(source);
  calls[by][static_cast<std::size_t>(outcome)].add();
  if (used.input > 0) tokens[by][0].add(used.input);
  if (used.output > 0) tokens[by][1].add(used.output);
}

void ProviderCounts::count(store::KeySource source, providers::KeyVerdict verdict) {
  Counters<verdict_names.size()>& counts = verdicts[key_source_number(source)];
  switch (verdict) {
    case providers::KeyVerdict::valid:
      return counts[0].add();
    case providers::KeyVerdict::restricted:
      return counts[1].add();
    case providers::KeyVerdict::rejected:
      return counts[2].add();
    case providers::KeyVerdict::unknown:
      return;
  }
}

}  // namespace byok::service

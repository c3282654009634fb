#include "cli/import_failures.hpp"

#include <fmt/format.h>

#include "cli/output.hpp"

namespace byok::cli {
namespace {

constexpr std::size_t most_told = 20;
constexpr std::size_t most_codes = 64;  // the API has half as many

}  // namespace

void ImportFailures::add(std::string_view code, std::string_view sentence) {
  if (!on_terminal_) return complain(sentence);
  if (first_.size() < most_told) {
    first_.emplace_back(sentence);
    return;
  }
  const bool known = rest_.size() < most_codes || rest_.contains(code);
  ++rest_[known ? std::string(code) : "others"];
}

void ImportFailures::tell() const {
  for (const std::string& sentence : first_) complain(sentence);
  for (const auto& [code, count] : rest_) complain(fmt::format("and {} more ({})", count, code));
}

}  // namespace byok::cli

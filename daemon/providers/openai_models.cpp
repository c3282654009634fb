#include "daemon/providers/openai_models.hpp"

#include "daemon/providers/text.hpp"

namespace byok::providers {
namespace {

struct Version {
  int major = 0;
  int minor = 0;
};

int leading_number(std::string_view text) {
  int number = 0;
  for (std::size_t i = 0; i < text.size() && i < 4 && is_digit(text[i]); ++i) {
    number = number * 10 + (text[i] - '0');
  }
  return number;
}

// 5 and 1 of "gpt-5.1-mini"; 0 where the name does not go on with a number.
Version gpt_version(std::string_view model) {
  constexpr std::string_view start = "gpt-";
  if (!starts_with_ignoring_case(model, start)) return {};
  model.remove_prefix(start.size());
  Version version{leading_number(model), 0};
  const std::size_t end = model.find_first_not_of("0123456789");
  if (end != std::string_view::npos && model[end] == '.') {
    version.minor = leading_number(model.substr(end + 1));
  }
  return version;
}

}  // namespace

bool is_reasoning_model(std::string_view model) {
  const bool o_series = model.size() > 1 && to_lower(model[0]) == 'o' && is_digit(model[1]);
  if (o_series) return true;
  return gpt_version(model).major >= 5 && !starts_with_ignoring_case(model, "gpt-5-chat");
}

bool samples_without_reasoning(std::string_view model) {
  const Version version = gpt_version(model);
  if (version.major == 5) return version.minor >= 1;
  if (version.major != 6) return false;
  const std::string name = to_lower(model);
  const auto has = [&name](std::string_view part) { return name.find(part) != std::string::npos; };
  return has("-sol") || has("-luna") || name.starts_with("gpt-6.1-terra");
}

}  // namespace byok::providers

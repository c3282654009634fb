#include "cli/values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "cli/text.hpp"
#include "common/time.hpp"

namespace byok::cli {
namespace {

template <class Fits>
CLI::Validator check(std::string message, Fits fits) {
  return {[message = std::move(message), fits](const std::string& value) {
            return fits(value) ? std::string() : message;
          },
          ""};
}

// On one line, and of no more than `longest` bytes.
CLI::Validator plain_text(std::size_t longest) {
  return check(fmt::format("must be at most {} bytes without control characters", longest),
               [longest](const std::string& value) {
                 return value.size() <= longest && without_controls(value) == value &&
                        value.find_first_of("\n\t") == value.npos;
               });
}

// "full, chat or admin"
std::string enumerated(const std::vector<std::string>& values) {
  std::string text;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) text += i + 1 == values.size() ? " or " : ", ";
    text += values[i];
  }
  return text;
}

}  // namespace

std::vector<std::string> listed_values(const std::string& type_name) {
  std::vector<std::string> values;
  if (type_name.find('|') == type_name.npos) return values;
  for (std::size_t begin = 0; begin <= type_name.size();) {
    const std::size_t end = std::min(type_name.find('|', begin), type_name.size());
    values.push_back(type_name.substr(begin, end - begin));
    begin = end + 1;
  }
  return values;
}

CLI::Validator not_empty() {
  return check("must not be empty", [](const std::string& value) { return !value.empty(); });
}

CLI::Validator whole_number(std::uint64_t least, std::uint64_t most) {
  return check(fmt::format("must be a whole number from {} to {}", least, most),
               [least, most](const std::string& value) {
                 std::uint64_t number = 0;
                 const char* end = value.data() + value.size();
                 const auto [rest, failure] = std::from_chars(value.data(), end, number);
                 return failure == std::errc() && rest == end && number >= least && number <= most;
               });
}

CLI::Validator a_day() {
  return check("must be a day (in UTC) such as 2026-06-20",
               [](const std::string& value) { return parse_date(value).has_value(); });
}

CLI::Validator a_duration(std::string_view example) {
  return check(fmt::format("must be a second or more, such as {}", example),
               [](const std::string& value) {
                 const auto duration = parse_duration(value);
                 return duration && *duration >= std::chrono::seconds(1);
               });
}

CLI::Validator a_name() { return plain_text(128); }

CLI::Validator a_note() { return plain_text(256); }

CLI::Option* only(CLI::Option* option, const std::vector<std::string>& values) {
  option->type_name(fmt::format("{}", fmt::join(values, "|")));
  return option->check(
      check(fmt::format("must be {}", enumerated(values)),
            [values](const std::string& value) { return std::ranges::count(values, value) != 0; }));
}

}  // namespace byok::cli

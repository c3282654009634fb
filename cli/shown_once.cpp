#include "cli/shown_once.hpp"

#include <fmt/format.h>

#include <system_error>

#include "cli/json.hpp"
#include "cli/json_output.hpp"
#include "cli/output.hpp"
#include "cli/signals.hpp"

namespace byok::cli {

Outcome<void> print_once(const Context& context, const Answer& answer, std::string_view kind,
                         std::string_view text) {
  ignore_broken_pipes();
  try {
    if (context.json) {
      print_json(answer.text());
    } else {
      print(text_at(answer.json, text) + "\n");
    }
  } catch (const std::system_error& failure) {
    const std::string id = text_at(answer.json, "id");
    return Failure{Exit::failed,
                   fmt::format("{0}: the {1} {2} is made, and its text is lost: revoke it with "
                               "`byok {1} revoke {2}`",
                               failure.what(), kind, id)};
  }
  return {};
}

}  // namespace byok::cli

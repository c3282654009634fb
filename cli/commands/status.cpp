// byok status: what byokd says of itself.
#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "cli/client.hpp"
#include "cli/commands/commands.hpp"
#include "cli/json.hpp"
#include "cli/output.hpp"

namespace byok::cli {
namespace {

namespace json = boost::json;

struct Options {};

// Bytes and seconds as people read them; the name then loses its unit.
std::pair<std::string, std::string> row_of(std::string name, const json::value& value) {
  constexpr std::string_view seconds = "Seconds";
  if (value.is_number()) {
    auto number = value.to_number<double>();
    if (number >= 0 && name.ends_with(seconds)) {
      name.resize(name.size() - seconds.size());
      return {name, human_seconds(static_cast<std::uint64_t>(number))};
    }
    if (number >= 0 && (name.ends_with("bytes") || name.ends_with("Bytes"))) {
      return {name, human_bytes(static_cast<std::uint64_t>(number))};
    }
  }
  return {name, text_of(value)};
}

// A row for each scalar, however deep: names joined by dots, lists a row an element.
void append_rows(Table& table, const std::string& name, const json::value& value) {
  if (const json::object* members = value.if_object()) {
    for (const auto& member : *members) {
      std::string inner = name;
      if (!inner.empty()) inner += '.';
      inner += member.key();
      append_rows(table, inner, member.value());
    }
  } else if (const json::array* elements = value.if_array()) {
    for (const auto& element : *elements) append_rows(table, name, element);
  } else {
    auto [shown_name, shown] = row_of(name, value);
    table.rows.push_back({shown_name, shown});
  }
}

Outcome<void> run(const Options&, const Context& context) {
  Call call{"GET", "/admin/status", "tell the status"};
  return call_and_show(context, call, {}, [](const Answer& answer) {
    Table table{{"WHAT", "VALUE"}, {}};
    append_rows(table, "", answer.json);
    print(table, "byokd says nothing of itself");
  });
}

}  // namespace

void add_status(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("status", "Tell how byokd is doing");
  command->group("Operator's commands");
  when_chosen(command, context, std::make_shared<Options>(), run);
}

}  // namespace byok::cli

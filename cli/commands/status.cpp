// byok status: what byokd says of itself.
#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <set>

#include "cli/client.hpp"
#include "cli/commands/commands.hpp"
#include "cli/json.hpp"
#include "cli/output.hpp"
#include "common/help_page.hpp"

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
      append_rows(table, fmt::format("{}.{}", name, std::string_view(member.key())),
                  member.value());
    }
  } else if (const json::array* elements = value.if_array()) {
    for (const auto& element : *elements) append_rows(table, name, element);
  } else {
    auto [shown_name, shown] = row_of(name, value);
    table.rows.push_back({shown_name, shown});
  }
}

// Members of the answer, each told of once: what nobody asked for is told at the end, as it is.
class Telling {
 public:
  explicit Telling(const json::value& answer) : answer_(answer) {}

  const json::value& take(std::string_view name) {
    static const json::value none;
    told_.insert(std::string(name));
    const json::object* members = answer_.if_object();
    const json::value* found = members ? members->if_contains(name) : nullptr;
    return found ? *found : none;
  }
  std::string text(std::string_view name) { return text_of(take(name)); }

  void row(const std::string& name, const std::string& shown) {
    table_.rows.push_back({name, shown});
  }

  Table finish() {
    if (const json::object* members = answer_.if_object()) {
      for (const auto& member : *members) {
        if (!told_.contains(std::string(member.key()))) {
          append_rows(table_, std::string(member.key()), member.value());
        }
      }
    }
    return std::move(table_);
  }

 private:
  const json::value& answer_;
  std::set<std::string> told_;
  Table table_{{"", ""}, {}};
};

void tell_database(Telling& telling) {
  const json::value& database = telling.take("database");
  telling.row("Database", text_at(database, "path"));
  const std::uint64_t used = number_at(database, "usedBytes");
  const std::uint64_t map = number_at(database, "mapBytes");
  telling.row(
      "  size",
      fmt::format("{} of {} ({:.1f} %), {} of it free again", human_bytes(used), human_bytes(map),
                  map > 0 ? 100.0 * static_cast<double>(used) / static_cast<double>(map) : 0.0,
                  human_bytes(number_at(database, "freeBytes"))));
  const json::object* members = database.if_object();
  const json::value* compaction = members ? members->if_contains("compaction") : nullptr;
  if (compaction == nullptr) return;
  const std::string postponed = text_at(*compaction, "postponed");
  const std::string finished = text_at(*compaction, "finishedAt");
  std::string state = text_at(*compaction, "due") == "true" ? "due" : "none is due";
  if (postponed != "-") state = "put off: " + postponed;
  if (finished != "-") state += ", the last ended " + finished;
  telling.row("  compaction", state);
}

void tell_audit(Telling& telling) {
  const json::value& audit = telling.take("audit");
  telling.row("Audit log", fmt::format("{}, {}", text_at(audit, "file"),
                                       counted(number_at(audit, "lines"), "line")));
  if (const std::string trouble = text_at(audit, "trouble"); trouble != "-") {
    telling.row("  refuses changes", trouble);
  }
}

Table tell(const json::value& answer) {
  Telling telling(answer);
  telling.row("Version", telling.text("version"));
  telling.take("uptimeSeconds");
  telling.row("Running for", human_seconds(number_at(answer, "uptimeSeconds")));
  telling.row("Workers", telling.text("workers"));
  std::string name = "Listening on";
  for (const json::value& listener : list_at(answer, "listeners")) {
    telling.row(std::exchange(name, ""), text_of(listener));
  }
  telling.take("listeners");
  for (const auto& [title, member] : {std::pair{"Tenants", "tenants"},
                                      {"Keys", "keys"},
                                      {"Tokens", "tokens"},
                                      {"Links", "links"}}) {
    telling.row(title, telling.text(member));
  }
  tell_database(telling);
  telling.row("Root key", telling.text("rootKeyId"));
  tell_audit(telling);
  return telling.finish();
}

Outcome<void> run(const Options&, const Context& context) {
  Call call{"GET", "/admin/status", "tell the status"};
  return call_and_show(context, call, {}, [&](const Answer& answer) {
    context.list(tell(answer.json), "byokd says nothing of itself");
  });
}

}  // namespace

void add_status(CLI::App& app, Context& context, const char* group) {
  CLI::App* command = app.add_subcommand("status", "Tell how byokd is doing");
  command->group(group);
  add_examples(command, {{"byok status", ""}, {"byok --json status", ""}});
  when_chosen(command, context, std::make_shared<Options>(), run);
}

}  // namespace byok::cli

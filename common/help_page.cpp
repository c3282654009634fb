#include "common/help_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

namespace byok {
namespace {

using Rows = std::vector<std::pair<std::string, std::string>>;

// Wider left columns have the right one begin on the next line.
constexpr std::size_t widest_left = 30;

// `text` in lines that end before the page's edge; those behind the first begin with `indent`
// blanks, where the first one stands already. Line breaks in it stay.
std::string wrapped(std::string_view text, std::size_t indent) {
  std::string lines;
  std::size_t column = indent;
  const auto break_line = [&] {
    lines.append("\n").append(indent, ' ');
    column = indent;
  };
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(" \n"), text.size());
    const std::string_view word = text.substr(0, end);
    if (column > indent && column + 1 + word.size() > page_width) break_line();
    if (column > indent) {
      lines += ' ';
      ++column;
    }
    lines += word;
    column += word.size();
    if (end < text.size() && text[end] == '\n') break_line();
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string laid_out(const Rows& rows) {
  std::size_t width = 0;
  for (const auto& [left, right] : rows) {
    if (left.size() <= widest_left) width = std::max(width, left.size());
  }
  const std::size_t column = 2 + width + 2;
  std::string text;
  for (const auto& [left, right] : rows) {
    std::string line = "  " + left;
    if (right.empty()) {
      text += line + "\n";
      continue;
    }
    if (left.size() > width) {
      text += line + "\n";
      line.clear();
    }
    line.resize(column, ' ');
    text += line + wrapped(right, column) + "\n";
  }
  return text;
}

std::string section(std::string_view title, const Rows& rows) {
  return rows.empty() ? std::string() : "\n" + std::string(title) + ":\n" + laid_out(rows);
}

bool is_many(const CLI::Option& option) { return option.get_items_expected_max() > 1; }

// "-m, --model MODEL", the long names of a page below each other.
std::string how_typed(const CLI::Option& option) {
  std::string text;
  for (const std::string& name : option.get_snames()) text += (text.empty() ? "-" : ", -") + name;
  if (text.empty()) text = "   ";
  for (const std::string& name : option.get_lnames()) {
    text += (text == "   " ? " --" : ", --") + name;
  }
  if (option.get_items_expected_max() > 0) text += " " + option.get_type_name();
  return text;
}

std::string explained(const CLI::Option& option) {
  std::string text = option.get_description();
  if (!option.get_default_str().empty()) text += " (default " + option.get_default_str() + ")";
  return text;
}

Rows arguments_of(const CLI::App& app) {
  Rows rows;
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_positional()) continue;
    rows.emplace_back(option->get_name() + (is_many(*option) ? " ..." : ""), explained(*option));
  }
  return rows;
}

// Without --help and --version where they are described elsewhere on the page.
Rows options_of(const CLI::App& app, bool with_help) {
  Rows rows;
  Rows last;
  for (const CLI::Option* option : app.get_options()) {
    if (!option->nonpositional() || option->get_group().empty()) continue;
    const bool ends = option->check_name("--help") || option->check_name("--version");
    if (ends && !with_help) continue;
    (ends ? last : rows).emplace_back(how_typed(*option), explained(*option));
  }
  rows.insert(rows.end(), last.begin(), last.end());
  return rows;
}

// The option groups ("") or the commands of an app.
std::vector<const CLI::App*> below(const CLI::App& app, bool groups) {
  return app.get_subcommands([groups](const CLI::App* each) {
    return each->get_name().empty() == groups && !each->get_group().empty();
  });
}

std::string usage(const CLI::App& app, const std::string& name) {
  std::string text = "Usage: " + name + " [OPTION ...]";
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_positional()) continue;
    const std::string argument = option->get_name() + (is_many(*option) ? " ..." : "");
    text += option->get_required() ? " " + argument : " [" + argument + "]";
  }
  if (!below(app, false).empty()) text += " COMMAND";
  return text + "\n";
}

// In the order in which the groups come up first.
std::string commands(const CLI::App& app) {
  std::vector<std::pair<std::string, Rows>> groups;
  for (const CLI::App* command : below(app, false)) {
    auto group = std::ranges::find(groups, command->get_group(),
                                   [](const auto& each) { return each.first; });
    if (group == groups.end()) group = groups.insert(group, {command->get_group(), {}});
    group->second.emplace_back(command->get_name(), command->get_description());
  }
  std::string text;
  for (const auto& [title, rows] : groups) text += section(title, rows);
  return text;
}

class HelpPage : public CLI::FormatterBase {
 public:
  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode) const override {
    std::string text = wrapped(app->get_description() + ".", 0) + "\n\n" + usage(*app, name);
    text += commands(*app);
    text += section("Arguments", arguments_of(*app));
    text += section("Options", options_of(*app, true));
    for (const CLI::App* group : below(*app, true)) {
      text += section(group->get_group(), options_of(*group, false));
    }
    const CLI::App* root = app;
    while (root->get_parent() != nullptr) root = root->get_parent();
    if (root != app) text += section("Options of every command", options_of(*root, false));
    if (!app->get_footer().empty()) text += "\n" + app->get_footer() + "\n";
    return text;
  }
};

Rows rows_of(std::initializer_list<HelpRow> from) {
  Rows rows;
  for (const HelpRow& row : from) rows.emplace_back(row.left, row.right);
  return rows;
}

// Examples have no common column where one of them would reach too far.
std::string examples_section(std::initializer_list<HelpRow> examples) {
  std::size_t left = 0;
  std::size_t right = 0;
  for (const HelpRow& each : examples) {
    if (!each.right.empty()) left = std::max(left, each.left.size());
    right = std::max(right, each.right.size());
  }
  std::string text = "Examples:\n";
  for (const HelpRow& each : examples) {
    std::string line = "  " + std::string(each.left);
    const bool beside = each.left.size() <= left && 2 + left + 3 + right <= page_width;
    if (beside && !each.right.empty()) {
      line.resize(2 + left + 3, ' ');
      line += each.right;
    } else if (!each.right.empty()) {
      line.insert(0, fmt::format("  # {}\n", each.right));
    }
    text += line + "\n";
  }
  return text;
}

}  // namespace

void use_help_pages(CLI::App& app) {
  app.formatter(std::make_shared<HelpPage>());
  app.set_help_flag("-h,--help", "Print this page and exit");
}

std::string help_section(std::string_view title, std::initializer_list<HelpRow> rows) {
  return std::string(title) + ":\n" + laid_out(rows_of(rows));
}

void add_examples(CLI::App* command, std::initializer_list<HelpRow> examples,
                  std::string_view notes) {
  std::string text;
  if (!notes.empty()) text = wrapped(notes, 0) + "\n\n";
  text += examples_section(examples);
  text.pop_back();
  command->footer(std::move(text));
}

}  // namespace byok

// How byok and byokd lay out what --help prints, and what stands below the options there. Made of
// CLI11's description of the command line, so that it cannot tell of another one.
#pragma once

#include <CLI/CLI.hpp>

#include <initializer_list>
#include <string>
#include <string_view>

namespace byok {

// No line of a page is longer, if no single word is.
inline constexpr std::size_t page_width = 100;

// Has `app`, and the commands that are added to it later, print such pages.
void use_help_pages(CLI::App& app);

// Two columns: what is typed, and what it does.
struct HelpRow {
  std::string_view left;
  std::string_view right;
};

// "TITLE:" and the rows below it, indented; for a page's footer.
std::string help_section(std::string_view title, std::initializer_list<HelpRow> rows);

// Puts `notes`, wrapped, and the examples at the end of the command's page.
void add_examples(CLI::App* command, std::initializer_list<HelpRow> examples,
                  std::string_view notes = {});

}  // namespace byok

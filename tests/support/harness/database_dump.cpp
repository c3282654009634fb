#include "tests/support/harness/database_dump.hpp"

#include <sstream>
#include <stdexcept>

#include "common/encoding.hpp"
#include "tests/support/harness/process.hpp"
#include "tests/support/hex.hpp"
#include "tests/support/temp_folder.hpp"

namespace byok::testing {
namespace {

std::string run_tool(const std::vector<std::string>& command) {
  Finished finished = run(command, clean_environment("/nowhere"));
  if (finished.code != 0) throw std::runtime_error(command.front() + ": " + finished.err);
  return finished.out;
}

}  // namespace

DatabaseDump::DatabaseDump(std::filesystem::path file) : file_(std::move(file)) {
  std::istringstream lines(run_tool({"mdb_dump", "-n", "-a", file_.string()}));
  std::string line;
  bool in_header = false;
  std::string key;
  while (std::getline(lines, line)) {
    if (line.starts_with("VERSION=")) {
      sections_.emplace_back();
      in_header = true;
    }
    Section& section = sections_.back();
    if (in_header) {
      section.header += line + "\n";
      if (line.starts_with("database=")) section.name = line.substr(line.find('=') + 1);
      in_header = line != "HEADER=END";
    } else if (line.starts_with(' ')) {
      // By turns a key and its value.
      const std::string bytes = unhex(line.substr(1));
      if (key.empty()) {
        key = bytes;
      } else {
        section.records[std::exchange(key, "")] = bytes;
      }
    }
  }
}

DatabaseDump::Records& DatabaseDump::operator[](const std::string& sub_database) {
  for (Section& section : sections_) {
    if (section.name == sub_database) return section.records;
  }
  throw std::runtime_error("the dump has no sub-database " + sub_database);
}

void DatabaseDump::erase(const std::string& sub_database) {
  const auto named = [&](const Section& section) { return section.name == sub_database; };
  if (std::erase_if(sections_, named) == 0) {
    throw std::runtime_error("the dump has no sub-database " + sub_database);
  }
}

void DatabaseDump::store() const {
  TempFolder folder;
  std::ofstream out(folder / "dump", std::ios::binary);
  for (const Section& section : sections_) {
    out << section.header;
    for (const auto& [key, value] : section.records) {
      out << ' ' << to_hex(key) << "\n " << to_hex(value) << '\n';
    }
    out << "DATA=END\n";
  }
  out.close();
  const std::string made = file_.string() + ".loaded";
  run_tool({"mdb_load", "-n", "-f", folder / "dump", made});
  std::filesystem::permissions(
      made, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  std::filesystem::rename(made, file_);
  std::filesystem::remove(made + "-lock");
}

}  // namespace byok::testing

#include "daemon/config_source.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <utility>

#include "common/whole_file.hpp"

namespace byok::daemon {
namespace {

constexpr std::string_view prefix = "BYOKD_";

Value to_value(const toml::node& node) {
  if (auto text = node.value_exact<std::string>()) return *std::move(text);
  if (auto number = node.value_exact<std::int64_t>()) return *number;
  if (auto flag = node.value_exact<bool>()) return *flag;
  const toml::array* array = node.as_array();
  if (array == nullptr) return OtherValue{};
  std::vector<std::string> texts;
  for (const toml::node& element : *array) {
    auto text = element.value_exact<std::string>();
    if (!text) return OtherValue{};
    texts.push_back(*std::move(text));
  }
  return texts;
}

struct Leaf {
  std::string name;
  Value value;
  toml::source_position position;
};

// Appends what `node`, called `name`, sets.
void flatten(const std::string& name, const toml::node& node, std::vector<Leaf>& leaves) {
  const toml::table* table = node.as_table();
  if (table == nullptr) {
    leaves.push_back({name, to_value(node), node.source().begin});
    return;
  }
  if (table->empty()) leaves.push_back({name, EmptyTable{}, node.source().begin});
  for (auto&& [key, child] : *table) {
    flatten(name + "." + std::string(key.str()), child, leaves);
  }
}

// The leaves of a whole document; toml++ keeps tables sorted by name, their order as written comes
// back by sorting.
std::vector<Leaf> flatten(const toml::table& document) {
  std::vector<Leaf> leaves;
  for (auto&& [key, child] : document) flatten(std::string(key.str()), child, leaves);
  auto order = [](const Leaf& leaf) { return std::pair(leaf.position.line, leaf.position.column); };
  std::stable_sort(leaves.begin(), leaves.end(),
                   [&](const Leaf& a, const Leaf& b) { return order(a) < order(b); });
  return leaves;
}

// A value outside a file: its TOML node may itself be a table, which sets several names.
std::vector<Assignment> assign(const std::string& name, std::string_view text,
                               const std::string& place) {
  std::vector<Assignment> assignments;
  try {
    toml::table document = toml::parse(fmt::format("value = {}", text));
    // More than one entry: the text brought a line of its own, and is no value.
    if (document.size() == 1) {
      std::vector<Leaf> leaves;
      flatten(name, *document.get("value"), leaves);
      for (Leaf& leaf : leaves) assignments.push_back({leaf.name, std::move(leaf.value), place});
      return assignments;
    }
  } catch (const toml::parse_error&) {
    // Not TOML: a text.
  }
  assignments.push_back({name, std::string(text), place});
  return assignments;
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

}  // namespace

Result<std::optional<std::vector<Assignment>>> read_config_file(const std::filesystem::path& file) {
  auto read = read_whole_file(file);
  if (!read && read.error().code == Errc::not_found) {
    return std::optional<std::vector<Assignment>>();
  }
  if (!read) return Error{Errc::bad_request, "the settings: " + read.error().message()};
  try {
    std::vector<Assignment> assignments;
    for (Leaf& leaf : flatten(toml::parse(read->text()))) {
      assignments.push_back({std::move(leaf.name), std::move(leaf.value),
                             fmt::format("{}:{}", file.native(), leaf.position.line)});
    }
    return std::optional(std::move(assignments));
  } catch (const toml::parse_error& error) {
    return Error{Errc::bad_request, fmt::format("{}:{}: {}", file.native(),
                                                error.source().begin.line, error.description())};
  }
}

std::vector<Assignment> read_environment(const Environment& environment) {
  std::vector<Assignment> all;
  for (const auto& [variable, text] : environment) {
    if (!variable.starts_with(prefix)) continue;
    std::string name = lower(std::string_view(variable).substr(prefix.size()));
    // Kubernetes sets BYOKD_SERVICE_HOST, BYOKD_PORT and more in every pod beside a service that is
    // called byokd; they are not meant for us.
    if (name.starts_with("service_") || name == "port" || name.starts_with("port_")) continue;
    for (std::size_t at = 0; (at = name.find("__", at)) != std::string::npos; ++at) {
      name.replace(at, 2, ".");
    }
    for (Assignment& one : assign(name, text, variable)) all.push_back(std::move(one));
  }
  return all;
}

Result<std::vector<Assignment>> read_override(std::string_view text) {
  std::size_t equals = text.find('=');
  if (equals == 0 || equals == std::string_view::npos) {
    return Error{Errc::bad_request, "-o: write it as KEY=VALUE, such as -o workers=2"};
  }
  std::string name(text.substr(0, equals));
  std::erase(name, '"');
  return assign(name, text.substr(equals + 1), "-o " + name);
}

Value value_from_text(std::string_view text) { return assign("", text, "").front().value; }

}  // namespace byok::daemon

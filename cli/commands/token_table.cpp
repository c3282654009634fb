#include "cli/commands/token_table.hpp"

#include "cli/json.hpp"

namespace byok::cli {

Table token_table(const boost::json::value& answer) {
  Table table{{"TOKEN", "NAME", "SCOPE", "CREATED", "EXPIRES", "LAST USED"}, {}};
  for (const auto& token : list_at(answer, "tokens")) {
    table.rows.push_back({text_at(token, "id"), cell_at(token, "name"), text_at(token, "scope"),
                          text_at(token, "createdAt"), text_at(token, "expiresAt"),
                          text_at(token, "lastUsedAt")});
  }
  return table;
}

}  // namespace byok::cli

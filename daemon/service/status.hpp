// What an operator wants to know of the running daemon.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/service/worker.hpp"

namespace byok::service {

struct Status {
  std::int64_t uptime;  // seconds
  store::Stats stats;
  Compactor::Figures compaction;
  std::string database_path;
  unsigned workers;
  std::vector<std::string> listeners;
  std::string root_key_id;  // hexadecimal
  std::string audit_file;
  std::uint64_t audit_lines;                 // so far, older files included
  std::optional<std::string> audit_trouble;  // why changes are refused
};

Status read_status(const Worker& worker);

// In hexadecimal.
struct RootKeyInfo {
  std::string id;
  std::string source;
  std::string check;
};

RootKeyInfo read_root_key(const Worker& worker);

}  // namespace byok::service

// What an operator should know before something goes wrong: whether every record opens, and how the
// files, the disk and the readers are.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/net/awaitable.hpp"
#include "daemon/service/inspection.hpp"
#include "daemon/settings.hpp"
#include "daemon/store/store.hpp"

namespace byok::service {

struct Worker;

enum class Health { good, warning, bad };

struct Check {
  std::string_view name;
  Health health;
  std::string text;  // what was found; and what to do, unless it is good
};

struct Diagnosis {
  std::vector<Check> checks;
  Inspected records;

  // No check is bad.
  bool good() const;
};

// Where what is looked at lies.
struct Patient {
  const daemon::Settings& settings;
  std::filesystem::path database;
  store::Environment& environment;
};

// All of it, while the worker serves others, too.
net::Awaitable<Diagnosis> examine(Worker& worker);

// All but the records, which `records` tells.
Diagnosis diagnose(const Patient& patient, Inspected records);

}  // namespace byok::service

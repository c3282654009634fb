// What a byokd whose disk is recorded was asked and answered, as it is noted among the records.
#pragma once

#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace byok::testing {

// The digest of a tenant's key; "-" where it has none, or where there is no such tenant.
using KeyDigest = std::string;
inline const KeyDigest no_key = "-";

// The notes:
//   ask TENANT DIGEST    what the key will be, if the change is made
//   done TENANT          it was answered so
//   token HASH           a token was answered
//   backup               a backup holds all this
//   restoring, restored  it is put in place

struct Held {
  KeyDigest answered = no_key;
  std::vector<KeyDigest> asked;  // since then
};

struct Contents {
  std::map<std::string, Held> tenants;
  std::set<std::string> tokens;  // the hashes of their texts, in hex
};

struct Expected {
  Contents now;
  Contents backup;
  bool restoring = false;

  void take(std::string_view note) {
    std::istringstream words{std::string(note)};
    std::string word;
    std::string subject;
    std::string digest;
    words >> word >> subject >> digest;
    if (word == "ask") now.tenants[subject].asked.push_back(digest);
    if (word == "done") {
      Held& held = now.tenants[subject];
      held.answered = held.asked.back();
      held.asked.clear();
    }
    if (word == "token") now.tokens.insert(subject);
    if (word == "backup") backup = now;
    if (word == "restoring") restoring = true;
    if (word == "restored") {
      now = backup;
      restoring = false;
    }
  }
};

}  // namespace byok::testing

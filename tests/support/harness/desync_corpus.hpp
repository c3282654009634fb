// The cases of http-desync-guardian, from the folder that BYOK_CORPORA names.
#pragma once

#include <string>
#include <vector>

namespace byok::testing {

struct DesyncCase {
  std::string name;
  std::string tier;
  std::string method;
  std::string target;
  std::string head;  // as bytes, with a Host
  std::string body;  // one that fits the head
  std::vector<std::string> transfer_codings;
};

bool has_desync_corpus();
// Each case once, though one file repeats what is in another.
std::vector<DesyncCase> desync_cases();

}  // namespace byok::testing

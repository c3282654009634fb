// Which model is asked, and which there are.
#pragma once

#include <string>
#include <vector>

#include "cli/client.hpp"

namespace byok::cli {

// What the keys that there are reach, as GET /ai/models tells, without those whose names say that
// they do not chat. SIGINT ends the call with Exit::interrupted and stays pending.
Outcome<std::vector<std::string>> chat_models(Client& client);

// `given`, else BYOK_MODEL, else the one that there is. Exit::usage where there are several, with
// some of their names; Exit::no_key where there is none.
Outcome<std::string> choose_model(const std::string& given, Client& client);

}  // namespace byok::cli

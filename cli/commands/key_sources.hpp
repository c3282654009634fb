// Where a provider's key is taken from, and how it is sent.
#pragma once

#include <string>
#include <string_view>

#include "cli/outcome.hpp"
#include "common/secret.hpp"

namespace byok::cli {

// The key from the environment variable `from_env`, else from the file `key_file`, else from the
// terminal or standard input; never empty.
Outcome<Secret> obtain_key(std::string_view provider, const std::string& from_env,
                           const std::string& key_file);

// {"apiKey":"..."}
Secret key_body(const Secret& key);

}  // namespace byok::cli

// The shells' side of completion, as the files in completions/ have it.
#pragma once

#include <string_view>

namespace byok::cli {

// Of "bash", "zsh" or "fish"; empty for any other.
std::string_view completion_script(std::string_view shell);

}  // namespace byok::cli

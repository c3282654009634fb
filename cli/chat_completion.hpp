// What TAB completes in a conversation.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace byok::cli {

// All that may stand in place of `before`, the line up to the cursor: commands, the models that
// `models` tells behind /model, and files behind /save and /file. None for a question.
std::vector<std::string> completions(
    std::string_view before, const std::function<const std::vector<std::string>&()>& models);

// A path as it was typed, with a leading ~/ for the home folder.
std::string typed_path(std::string_view typed);

}  // namespace byok::cli

#include "cli/completion.hpp"

#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "cli/candidates.hpp"
#include "cli/output.hpp"
#include "cli/shell_words.hpp"

namespace byok::cli {
namespace {

// Looking up a name in the network cannot be broken off otherwise. The shell waits meanwhile.
void end_soon() {
  std::signal(SIGALRM, [](int) { ::_exit(0); });
  ::alarm(2);
}

// Bash and zsh hand words over as they are typed, fish only the last of them.
std::vector<std::string> read_words(int argc, const char* const* argv, bool fish) {
  std::vector<std::string> words(argv + 3, argv + argc);
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (!fish || i + 1 == words.size()) words[i] = unquoted(words[i]);
  }
  return words;
}

std::string described(const Candidate& candidate, const std::string& before) {
  return before + candidate.value + "\t" + candidate.description;
}

// Bash shows all that it is given.
std::string for_bash(const Candidate& candidate, const Place& place, const std::string& raw) {
  if (!candidate.value.starts_with(place.typed)) return {};
  return quoted_for_bash(place.before + candidate.value, raw);
}

}  // namespace

bool asks_for_completion(int argc, const char* const* argv) {
  return argc > 2 && std::string_view(argv[1]) == "__complete";
}

void complete(const CLI::App& app, int argc, const char* const* argv) {
  end_soon();
  const std::string_view shell = argv[2];
  const std::vector<std::string> words = read_words(argc, argv, shell == "fish");
  const Place place = find_place(app, words);
  const Candidates found = find_candidates(place);
  if (found.files) {
    const bool socket = place.typed.starts_with("unix:");
    print("files " + place.before + (socket ? "unix:" : "") + "\n");
    return;
  }
  std::string text = found.open_end ? "words nospace\n" : "words\n";
  for (const Candidate& candidate : found.list) {
    const std::string line = shell == "bash" ? for_bash(candidate, place, argv[argc - 1])
                                             : described(candidate, place.before);
    if (!line.empty()) text += line + "\n";
  }
  print(text);
}

}  // namespace byok::cli

#include "cli/commands/key_sources.hpp"

#include <fmt/format.h>

#include <cstdlib>

#include "cli/files.hpp"
#include "cli/json.hpp"
#include "cli/prompt.hpp"
#include "cli/text.hpp"
#include "cli/values.hpp"

namespace byok::cli {

void add_key_sources(CLI::App* command, KeySource& source, CLI::Option* needed) {
  CLI::Option* variable =
      command->add_option("--from-env", source.variable, "Take the key from this variable")
          ->type_name(type_names::variable);
  CLI::Option* file = command->add_option("--key-file", source.file, "Take the key from this file")
                          ->type_name(type_names::file)
                          ->excludes(variable);
  if (needed == nullptr) return;
  variable->needs(needed);
  file->needs(needed);
}

Outcome<Secret> obtain_key(std::string_view provider, const KeySource& source,
                           const Context& context) {
  if (!source.variable.empty()) {
    // The name is not repeated: the key itself may have been given in its place.
    const char* value = std::getenv(source.variable.c_str());
    Secret key(value == nullptr ? std::string_view() : trimmed(value));
    if (key.empty()) {
      return usage_error(
          "the variable that --from-env names is not set: export it, and give its "
          "name, not the key");
    }
    return key;
  }
  if (!source.file.empty()) {
    auto file = read_secret_file(source.file, "the file that --key-file names");
    if (!file) return file.error();
    if (file->content.empty()) {
      return usage_error("the file that --key-file names is empty: put the key there");
    }
    if (file->open_to_others) {
      context.warn("other users can read the key file: take their right with `chmod 600`");
    }
    return std::move(file->content);
  }
  return ask_secret(fmt::format("Key for {} (not shown): ", provider));
}

std::string verdict_in(const boost::json::value& answer) {
  const std::string verified = text_at(answer, "verified");
  if (verified == "true") return "accepts it";
  if (verified == "restricted") return "accepts it for some calls only";
  return "";
}

Secret key_body(const Secret& key) {
  constexpr std::string_view open = R"({"apiKey":)";
  WipingBuffer body(open.begin(), open.end());
  append_json_string(body, key.reveal());
  body.push_back('}');
  return Secret({body.data(), body.size()});
}

}  // namespace byok::cli

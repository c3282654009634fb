// A person at a terminal who converses with the fake provider's model through byok chat.
#pragma once

#include <doctest/doctest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/harness/terminal.hpp"
#include "tests/support/harness/world.hpp"

namespace byok::testing {

namespace json = boost::json;
using Lines = std::vector<std::string>;

inline const std::string up = "\x1b[A";
inline const std::string left = "\x1b[D";
inline const std::string backspace = "\x7f";
inline const std::string home = "\x01";
inline const std::string end_key = "\x05";
inline const std::string ctrl_c = "\x03";
inline const std::string ctrl_d = "\x04";
inline const std::string greeting = "gpt-4o: Ctrl-D or /exit leaves, /help lists the commands";

// With nothing typed behind it yet.
inline const std::string prompt = "\n>\n";

inline std::string pasted(const std::string& text) { return "\x1b[200~" + text + "\x1b[201~"; }

struct Conversation {
  World world;
  Environment environment = clean_environment(world.byokd.folder().string());

  Conversation() {
    environment["BYOK_ADDR"] = "unix:" + world.byokd.socket().path;
    environment["TERM"] = "xterm";
    // libedit keeps a few words of its own until the end.
    environment["LSAN_OPTIONS"] = "detect_leaks=0";
    environment["XDG_STATE_HOME"] = (world.byokd.folder() / "person").string();
    world.admin("PUT", "/ai/providers/openai", R"({"apiKey":")" + make_key("sk-proj-") + "\"}");
  }
  std::vector<std::string> command(std::vector<std::string> more = {"-m", "gpt-4o"}) const {
    std::vector<std::string> argv{program("byok"), "chat"};
    argv.insert(argv.end(), more.begin(), more.end());
    return argv;
  }
  std::filesystem::path history() const {
    return environment.at("XDG_STATE_HOME") + "/byok/chat_history";
  }
  // What the provider was sent last: a line for each message.
  Lines sent() const {
    Lines lines;
    const json::value body = json::parse(world.fake.calls().back().body);
    for (const json::value& each : body.at("messages").as_array()) {
      lines.push_back(json::value_to<std::string>(each.at("role")) + ": " +
                      json::value_to<std::string>(each.at("content")));
    }
    return lines;
  }
};

// With the whole screen where it fails.
inline void check_screen(Terminal& terminal, const Lines& lines) {
  const bool as_expected = terminal.becomes(lines);
  CAPTURE(terminal.text());
  CHECK(as_expected);
  CHECK(terminal.screen().strange().empty());
}

}  // namespace byok::testing

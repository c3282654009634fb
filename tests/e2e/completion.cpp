// Completion of byok's command line in the real shells, each on a terminal: what Tab makes of a
// beginning, with the names that a running byokd knows.
#include <doctest/doctest.h>

#include <unistd.h>

#include <boost/json/serialize.hpp>

#include "tests/support/harness/terminal.hpp"
#include "tests/support/harness/world.hpp"

using namespace byok::testing;

namespace {

constexpr std::string_view prompt = "READY> ";
const std::string odd_model = R"(odd $(touch ran) 'a' "b" `touch ran` !c \d;e)";

struct Fixture {
  World world{{"provider.groq.base_url=http://127.0.0.1:9", "provider.groq.format=openai"}};
  std::string home = (world.byokd.folder() / "home").string();
  Environment environment = clean_environment(home);
  std::string token_id;

  Fixture() {
    std::filesystem::create_directories(home);
    environment["PATH"] = std::filesystem::path(program("byok")).parent_path().string() +
                          ":/usr/local/bin:/usr/bin:/bin";
    environment["BYOK_ADDR"] = "unix:" + world.byokd.socket().path;
    environment["TERM"] = "xterm";
    environment["LC_ALL"] = "C.UTF-8";
    world.make_tenant("acme");
    world.admin("POST", "/admin/tenants", R"({"id":"globex"})");
    world.admin("PUT", "/ai/providers/anthropic", R"({"apiKey":")" + make_key("sk-ant-") + "\"}",
                "acme");
    world.admin("PUT", "/ai/providers/openai", R"({"apiKey":")" + make_key("sk-proj-") + "\"}");
    token_id = world.admin("POST", "/admin/tenants/globex/tokens", R"({"name":"odd $(x) \"n\""})")
                   .text("id");
    list_models();
    write_file(home + "/my key", "x");
  }

  // byokd remembers the list.
  void list_models() const {
    boost::json::array models;
    for (const std::string& id : {std::string("gpt-4o"), std::string("ft:gpt-4o:org"), odd_model}) {
      models.push_back(boost::json::object{{"id", id}, {"object", "model"}});
    }
    const boost::json::object body{{"object", "list"}, {"data", std::move(models)}};
    const boost::json::array script{boost::json::object{{"status", 200}, {"body", body}}};
    world.fake.script(boost::json::serialize(script));
    REQUIRE(world.admin("GET", "/ai/models").body.find("odd ") != std::string::npos);
  }

  std::string script_of(const std::string& shell) const {
    return run({program("byok"), "completion", shell}, environment).out;
  }
  std::string write(const std::string& name, const std::string& content) const {
    const std::filesystem::path file = std::filesystem::path(home) / name;
    std::filesystem::create_directories(file.parent_path());
    write_file(file, content);
    return file.string();
  }
};

const std::string plain_bash = R"(PS1='READY> '
bind 'set bell-style none'
bind 'set show-all-if-ambiguous on'
bind 'set page-completions off'
bind 'set enable-bracketed-paste off'
)";

struct Shell {
  const char* name;
  const char* program;
  // Puts the completion where the shell finds it; the shell's command line.
  std::vector<std::string> (*prepare)(Fixture& fixture);
};

const Shell shells[] = {
    {"bash", "/bin/bash",
     [](Fixture& f) {
       const std::string rc = f.write("rc", plain_bash + "source <(byok completion bash)\n");
       return std::vector<std::string>{"/bin/bash", "--noprofile", "--rcfile", rc, "-i"};
     }},
    {"bash with its package", "/usr/share/bash-completion/bash_completion",
     [](Fixture& f) {
       f.write("completion/completions/byok", f.script_of("bash"));
       f.environment["BASH_COMPLETION_USER_DIR"] = f.home + "/completion";
       const std::string rc =
           f.write("rc", plain_bash + "source /usr/share/bash-completion/bash_completion\n");
       return std::vector<std::string>{"/bin/bash", "--noprofile", "--rcfile", rc, "-i"};
     }},
    {"zsh", "/usr/bin/zsh",
     [](Fixture& f) {
       f.write("functions/_byok", f.script_of("zsh"));
       f.environment["ZDOTDIR"] = f.home;
       f.write(".zshrc",
               "PS1='READY> '\nPROMPT_EOL_MARK=''\nunset zle_bracketed_paste\nsetopt no_beep\n"
               "fpath=(~/functions $fpath)\nautoload -Uz compinit\ncompinit -u -D\n");
       return std::vector<std::string>{"/usr/bin/zsh", "-d", "-i"};
     }},
    {"zsh, sourced", "/usr/bin/zsh",
     [](Fixture& f) {
       f.environment["ZDOTDIR"] = f.home;
       f.write(".zshrc",
               "PS1='READY> '\nPROMPT_EOL_MARK=''\nunset zle_bracketed_paste\nsetopt no_beep\n"
               "autoload -Uz compinit\ncompinit -u -D\nsource <(byok completion zsh)\n");
       return std::vector<std::string>{"/usr/bin/zsh", "-d", "-i"};
     }},
    {"fish", "/usr/bin/fish",
     [](Fixture& f) {
       f.write(".config/fish/completions/byok.fish", f.script_of("fish"));
       f.write(".config/fish/config.fish",
               "function fish_prompt\nprintf 'READY> '\nend\nset -g fish_greeting\n"
               "set -g fish_autosuggestion_enabled 0\n");
       return std::vector<std::string>{"/usr/bin/fish", "-i"};
     }},
};

// What Tab makes of `typed`, as the words that the shell would run: <byok><list>.
bool completes(Terminal& terminal, const std::string& typed, const std::string& words) {
  // Ctrl-A, and another command before it.
  terminal.type(typed + "\t\x01printf '<%s>' \r");
  const bool done = terminal.pass(words) && terminal.pass(prompt);
  CHECK_MESSAGE(done, std::string(terminal.written()));
  return done;
}

// What Tab shows where there is more than one way to go on.
bool lists(Terminal& terminal, const std::string& typed, const std::vector<std::string>& shown) {
  terminal.type(typed + "\t");
  bool all = true;
  for (const std::string& each : shown) all = all && terminal.writes(each);
  CHECK_MESSAGE(all, std::string(terminal.written()));
  terminal.type("\x01printf '<%s>' shown; true \r");
  return all && terminal.pass("<shown>") && terminal.pass(prompt);
}

}  // namespace

TEST_CASE("Tab completes what byok and byokd know, and runs nothing of it") {
  for (const Shell& shell : shells) {
    const std::string name = shell.name;
    CAPTURE(name);
    if (::access(shell.program, R_OK) != 0) {
      MESSAGE("skipped, not installed: " << name);
      continue;
    }
    Fixture f;
    Terminal terminal(shell.prepare(f), f.environment, 200, 40, f.home);
    REQUIRE_MESSAGE(terminal.pass(prompt), std::string(terminal.written()));
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"byok rot", "<byok><rotate>"},
        {"byok set gro", "<byok><set><groq>"},
        {"byok --tenant glo", "<byok><--tenant><globex>"},
        {"byok --tenant=glo", "<byok><--tenant=globex>"},
        {"byok --tenant acme delete ", "<byok><--tenant><acme><delete><anthropic>"},
        {"byok chat -m gp", "<byok><chat><-m><gpt-4o>"},
        {"byok chat -m ft:", "<byok><chat><-m><ft:gpt-4o:org>"},
        {"byok chat -m openai/od", "<byok><chat><-m><openai/" + odd_model + ">"},
        {"byok --tenant globex token revoke ",
         "<byok><--tenant><globex><token><revoke><" + f.token_id + ">"},
        {"byok token create --scope ch", "<byok><token><create><--scope><chat>"},
        {"byok set openai --fr", "<byok><set><openai><--from-env>"},
        {"byok set openai --key-file my", "<byok><set><openai><--key-file><my key>"},
        {"byok set openai --key-file=my", "<byok><set><openai><--key-file=my key>"},
        {"byok help token cr", "<byok><help><token><create>"},
    };
    for (const auto& [typed, words] : cases) {
      CAPTURE(typed);
      REQUIRE(completes(terminal, typed, words));
    }
    // Without what is typed, which fish underlines.
    CHECK(lists(terminal, "byok ro", {"ot-key", "tate"}));
    CHECK(lists(terminal, "byok --tenant ", {"acme", "default", "globex"}));
    CHECK(lists(terminal, "byok set ", {"anthropic", "gemini", "groq", "openai"}));
    CHECK_FALSE(std::filesystem::exists(f.home + "/ran"));
  }
}

// byok chat: one question, one answer.
#include <fmt/format.h>
#include <unistd.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "cli/chat_stream.hpp"
#include "cli/client.hpp"
#include "cli/commands/commands.hpp"
#include "cli/files.hpp"
#include "cli/json.hpp"
#include "cli/output.hpp"
#include "cli/prompt.hpp"
#include "cli/signals.hpp"
#include "cli/suggestion.hpp"
#include "cli/text.hpp"
#include "cli/values.hpp"
#include "common/help_page.hpp"

namespace byok::cli {
namespace {

namespace json = boost::json;

struct Options {
  std::string model;
  std::string system;
  bool no_stream = false;
  bool verbose = false;
  std::vector<std::string> prompt;
};

const char* const action = "chat";

// The words of the prompt, and below them what is piped in.
Outcome<std::string> whole_prompt(const Options& options) {
  std::string prompt = fmt::format("{}", fmt::join(options.prompt, " "));
  if (!can_ask()) {
    auto piped = read_stdin();
    if (!piped) return piped.error();
    if (!prompt.empty() && !piped->empty()) prompt += "\n\n";
    prompt += *piped;
  }
  if (trimmed(prompt).empty()) {
    return usage_error("there is nothing to ask: give a prompt, or pipe one in");
  }
  return prompt;
}

std::string request_body(const Options& options, std::string_view prompt, bool stream) {
  json::object body;
  if (!options.model.empty()) body["model"] = well_formed(options.model);
  if (!options.system.empty()) body["systemPrompt"] = well_formed(options.system);
  body["messages"] = {{{"role", "user"}, {"content", well_formed(prompt)}}};
  if (stream) body["stream"] = true;
  return json::serialize(body);
}

// Writes an answer's text, and sees to it that the last line is ended.
class AnswerText {
 public:
  void write(std::string_view text) {
    if (text.empty()) return;
    at_line_start_ = text.back() == '\n';
    // Off a terminal the text is data, to be kept as it is.
    print(on_terminal_ ? without_controls(text) : std::string(text));
  }
  void end() {
    if (!at_line_start_) print("\n");
    at_line_start_ = true;
  }

 private:
  bool on_terminal_ = isatty(STDOUT_FILENO) == 1;
  bool at_line_start_ = true;
};

Outcome<ChatSummary> stream_answer(Client& client, std::string_view body) {
  AnswerText text;
  ChatStream answer([&text](std::string_view piece) { text.write(piece); });
  HeldSignals signals({SIGINT});
  client.interrupt_by(signals.fd());
  auto received = client.stream({"POST", "/ai/chat", action}, body,
                                [&answer](std::string_view piece) { answer.take(piece); });
  client.interrupt_by(-1);
  text.end();
  if (!received) return received.error();
  return answer.finish();
}

Outcome<ChatSummary> whole_answer(Client& client, std::string_view body, bool as_json) {
  auto answer = client.call({"POST", "/ai/chat", action}, body);
  if (!answer) return answer.error();
  if (as_json) {
    print_document(answer->text());
  } else {
    AnswerText text;
    text.write(text_at(answer->json, "text"));
    text.end();
  }
  return ChatSummary::of(answer->json);
}

Outcome<void> run(const Options& options, const Context& context) {
  auto prompt = whole_prompt(options);
  if (!prompt) return prompt.error();
  auto client = Client::open(context);
  if (!client) return client.error();
  bool stream = !options.no_stream && !context.json;
  std::string body = request_body(options, *prompt, stream);
  auto summary = stream ? stream_answer(*client, body) : whole_answer(*client, body, context.json);
  if (!summary) return with_nearest_model(*client, options.model, summary.error());
  if (options.verbose) remark(summary->str());
  return {};
}

}  // namespace

void add_chat(CLI::App& app, Context& context, const char* group) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("chat", "Ask a model; the answer is shown as it comes");
  command->group(group);
  command->add_option("-m,--model", options->model, "gpt-4o, anthropic/claude-sonnet-4-5 ...")
      ->type_name(type_names::model);
  command->add_option("-s,--system", options->system, "The system prompt")->type_name("TEXT");
  command->add_flag("--no-stream", options->no_stream, "Show the answer when it is complete");
  command->add_flag("-v,--verbose", options->verbose, "Tell model, key and tokens on stderr");
  // "Any number" would have the parser take a word in brackets for a list and cut it at commas: so
  // it gets a number that no command line reaches, and is told to mind no smaller one.
  command->add_option("PROMPT", options->prompt, "The question; what is piped in is added below")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->expected(1 << 24, -1)
      ->allow_extra_args(false);
  add_examples(command,
               {{"byok chat -m gpt-4o \"why is the sky blue\"", ""},
                {"git diff | byok chat -m claude-sonnet-4-5 \"review this\"", ""},
                {"byok chat -m gemini-2.5-flash -s \"answer in one word\" \"is water wet\"", ""},
                {"byok chat -m groq/llama-3.3-70b hello", "a provider of your own, by its name"}},
               "`byok models` lists the models that your keys reach.");
  when_chosen(command, context, options, run);
}

}  // namespace byok::cli

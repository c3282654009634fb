// byok chat: one question and its answer, or a conversation.
#include <fmt/format.h>

#include "cli/answer.hpp"
#include "cli/chat_models.hpp"
#include "cli/chat_session.hpp"
#include "cli/client.hpp"
#include "cli/commands/commands.hpp"
#include "cli/conversation.hpp"
#include "cli/files.hpp"
#include "cli/output.hpp"
#include "cli/prompt.hpp"
#include "cli/suggestion.hpp"
#include "cli/text.hpp"
#include "cli/values.hpp"
#include "common/help_page.hpp"

namespace byok::cli {
namespace {

struct Options {
  std::string model;
  std::string system;
  std::vector<std::string> files;
  bool no_stream = false;
  bool no_history = false;
  bool verbose = false;
  std::vector<std::string> prompt;
};

Failure nothing_to_ask() {
  return usage_error("there is nothing to ask: give a prompt, or pipe one in");
}

// What is piped in goes below the prompt; a picture goes with it.
Outcome<void> add_piped(Question& question) {
  auto piped = read_stdin();
  if (!piped) return piped.error();
  if (std::string_view type = picture_type(*piped); !type.empty()) {
    question.attachments.push_back(picture("standard input", type, *piped));
  } else if (piped->find('\0') != std::string::npos) {
    return usage_error(
        "cannot take standard input: it is neither text nor a PNG, JPEG, GIF or WebP picture");
  } else {
    if (!question.text.empty() && !piped->empty()) question.text += "\n\n";
    question.text += *piped;
  }
  return {};
}

Outcome<Question> whole_question(const Options& options) {
  Question question{fmt::format("{}", fmt::join(options.prompt, " ")), {}};
  for (const std::string& file : options.files) {
    auto attached = attach(file);
    if (!attached) return attached.error();
    question.attachments.push_back(std::move(*attached));
  }
  if (!can_ask()) {
    if (auto added = add_piped(question); !added) return added.error();
  }
  return question;
}

Outcome<void> ask_once(const Options& options, const Context& context, const Question& question) {
  if (trimmed(question.text).empty() && question.attachments.empty()) return nothing_to_ask();
  auto client = Client::open(context);
  if (!client) return client.error();
  auto model = choose_model(options.model, *client);
  if (!model) return model.error();
  const bool stream = !options.no_stream && !context.json;
  const std::string body = request_body({*model, options.system, {}}, question, stream);
  if (body.size() > max_request) {
    return usage_error(fmt::format("what is to be sent is {}, and {} can be: attach less",
                                   human_bytes(body.size()), human_bytes(max_request)));
  }
  const Answered answered =
      ask(*client, body, {.stream = stream, .json = context.json, .quiet = context.quiet});
  if (!answered.end) return with_nearest_model(*client, *model, answered.end.error());
  if (options.verbose) remark(answered.end->str());
  return {};
}

Outcome<void> converse(const Options& options, const Context& context, Question first) {
  auto client = Client::open(context);
  if (!client) return client.error();
  auto model = choose_model(options.model, *client);
  // Which of several can be said within.
  if (!model && model.error().exit != Exit::usage) return model.error();
  if (!model) context.note(model.error().message);
  ChatSession session(context, *client,
                      {.conversation = {model ? *model : "", options.system, {}},
                       .attachments = std::move(first.attachments),
                       .history_file = options.no_history ? "" : ChatHistory::usual_path(),
                       .stream = !options.no_stream,
                       .verbose = options.verbose});
  session.run();
  return {};
}

Outcome<void> run(const Options& options, const Context& context) {
  auto question = whole_question(options);
  if (!question) return question.error();
  const bool prompted = !trimmed(question->text).empty();
  if (prompted || !can_ask() || context.json) return ask_once(options, context, *question);
  return converse(options, context, std::move(*question));
}

}  // namespace

void add_chat(CLI::App& app, Context& context, const char* group) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "chat", "Ask a model; the answer is shown as it comes. Without a prompt, converse");
  command->group(group);
  command->add_option("-m,--model", options->model, "gpt-4o, anthropic/claude-sonnet-4-5 ...")
      ->type_name(type_names::model);
  command->add_option("-s,--system", options->system, "The system prompt")->type_name("TEXT");
  // "Any number" would have the parser take a word in brackets for a list and cut it at commas: so
  // it gets a number that no command line reaches, and is told to mind no smaller one.
  constexpr int any_number = 1 << 24;
  command
      ->add_option("-f,--file", options->files, "A text or picture to send along; may be repeated")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->expected(1)
      ->allow_extra_args(false)
      ->type_name(type_names::file);
  command->add_flag("--no-stream", options->no_stream, "Show the answer when it is complete");
  command->add_flag("--no-history", options->no_history,
                    "In a conversation, neither recall nor keep what is typed");
  command->add_flag("-v,--verbose", options->verbose, "Tell model, key and tokens on stderr");
  command->add_option("PROMPT", options->prompt, "The question; what is piped in is added below")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->expected(any_number, -1)
      ->allow_extra_args(false)
      ->option_text("TEXT ...");
  add_examples(command,
               {{"byok chat -m gpt-4o \"why is the sky blue\"", ""},
                {"byok chat -m gpt-4o", "a conversation; Ctrl-D ends it"},
                {"git diff | byok chat -m claude-sonnet-4-5 \"review this\"", ""},
                {"byok chat -m gpt-4o -f chart.png \"what does this show\"", ""},
                {"byok chat -m groq/llama-3.3-70b hello", "a provider of your own, by its name"}},
               "Without -m, BYOK_MODEL names the model. `byok models` lists those that your keys "
               "reach.");
  when_chosen(command, context, options, run);
}

}  // namespace byok::cli

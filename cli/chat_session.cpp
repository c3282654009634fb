#include "cli/chat_session.hpp"

#include <fmt/format.h>

#include <csignal>

#include "cli/chat_completion.hpp"
#include "cli/chat_models.hpp"
#include "cli/files.hpp"
#include "cli/input_lines.hpp"
#include "cli/output.hpp"
#include "cli/text.hpp"
#include "cli/transcript.hpp"

namespace byok::cli {
namespace {

constexpr std::string_view how_to_leave = "Ctrl-D or /exit leaves, /help lists the commands";

}  // namespace

ChatSession::ChatSession(const Context& context, Client& client, SessionOptions options)
    : context_(context),
      client_(client),
      options_(std::move(options)),
      conversation_(options_.conversation),
      history_(options_.history_file),
      // Between two questions too: a Ctrl-C that came late must not end the program.
      interrupts_({SIGINT}),
      editor_(
          [this](std::string_view before) {
            return completions(before,
                               [this]() -> const std::vector<std::string>& { return models(); });
          },
          ChatHistory::max_entries) {}

void ChatSession::run() {
  if (auto earlier = history_.load()) {
    for (const std::string& each : *earlier) editor_.remember(each);
  } else {
    context_.warn(earlier.error().message);
    history_ = ChatHistory({});
  }
  context_.note(conversation_.model.empty()
                    ? fmt::format("{}; choose a model with /model", how_to_leave)
                    : fmt::format("{}: {}", conversation_.model, how_to_leave));
  for (const Attachment& each : options_.attachments) announce(each);
  while (!left_) {
    if (auto input = read_input()) take_input(*input);
  }
}

// Nothing where there is nothing to do: the line was given up, or the conversation is over.
std::optional<std::string> ChatSession::read_input() {
  InputLines lines;
  for (;;) {
    const LineEditor::Read read = editor_.read(lines.is_open() ? ". " : "> ");
    switch (read.how) {
      case LineEditor::How::interrupted:
        if (!lines.is_open() && read.text.empty()) remark(how_to_leave);
        return std::nullopt;
      case LineEditor::How::ended:
        if (lines.is_open()) return lines.close();
        left_ = true;
        return std::nullopt;
      case LineEditor::How::line:
        if (auto whole = lines.take(read.text)) return whole;
    }
  }
}

void ChatSession::take_input(const std::string& input) {
  if (trimmed(input).empty()) return;
  remember(input);
  auto command = read_command(input);
  if (!command) {
    complain(command.error());
  } else if (!*command) {
    ask_typed(input);
  } else if (auto done = obey(**command); !done) {
    complain(done.error());
  }
}

void ChatSession::remember(const std::string& input) {
  editor_.remember(input);
  if (auto kept = history_.add(input); !kept) {
    // Once is enough.
    context_.warn(kept.error().message);
    history_ = ChatHistory({});
  }
}

Outcome<void> ChatSession::obey(const CommandLine& line) {
  switch (line.command) {
    case ChatCommand::model:
      return choose_model(line.argument);
    case ChatCommand::system:
      change_system(line.argument);
      return {};
    case ChatCommand::file:
      return attach_file(typed_path(line.argument));
    case ChatCommand::retry:
      return retry();
    case ChatCommand::clear:
      conversation_.turns.clear();
      options_.attachments.clear();
      context_.note("all that was said is forgotten; the model and the system prompt stay");
      return {};
    case ChatCommand::save:
      return save(typed_path(line.argument));
    case ChatCommand::help:
      print(command_help());
      return {};
    case ChatCommand::exit:
      left_ = true;
      return {};
  }
  return {};
}

void ChatSession::ask_typed(const std::string& text) {
  if (ask({text, options_.attachments})) {
    options_.attachments.clear();
  } else {
    editor_.prefill(text);
  }
}

// Whether something of it came, and so the conversation has a turn more.
bool ChatSession::ask(const Question& question) {
  if (conversation_.model.empty()) {
    complain("no model is chosen: choose one with /model NAME, TAB lists them");
    return false;
  }
  const std::string body = request_body(conversation_, question, options_.stream);
  if (body.size() > max_request) {
    complain(
        fmt::format("the conversation has grown to {}, and {} can be sent: begin anew with "
                    "/clear, or attach less",
                    human_bytes(body.size()), human_bytes(max_request)));
    return false;
  }
  Answered answered = cli::ask(client_, body, {.stream = options_.stream, .quiet = context_.quiet});
  const bool came = !answered.text.empty();
  const bool failed = !answered.end;
  if (came) {
    conversation_.turns.push_back(
        {question, std::move(answered.text), conversation_.model, failed});
  }
  if (!failed) {
    if (!came) complain("the answer was empty: ask in other words, or another model");
    if (options_.verbose) remark(answered.end->str());
  } else if (answered.end.error().exit == Exit::interrupted) {
    remark(came ? "broken off; what came stays in the conversation"
                : "broken off before the answer began");
  } else {
    complain(answered.end.error());
    if (came) remark("what came stays in the conversation; /retry asks again");
  }
  // That which broke it off must not give up the next line too.
  while (interrupts_.take() != 0) {
  }
  return came;
}

Outcome<void> ChatSession::retry() {
  if (conversation_.turns.empty()) return usage_error("nothing was asked yet: there is no retry");
  Turn last = std::move(conversation_.turns.back());
  conversation_.turns.pop_back();
  if (!ask(last.question)) conversation_.turns.push_back(std::move(last));
  return {};
}

Outcome<void> ChatSession::choose_model(const std::string& name) {
  if (!name.empty()) {
    conversation_.model = name;
    context_.note(fmt::format("{} is asked from now on", name));
    return {};
  }
  models_.reset();
  auto listed = chat_models(client_);
  while (interrupts_.take() != 0) {
  }
  if (!listed) return listed.error();
  models_ = std::move(*listed);
  for (const std::string& each : *models_) {
    print(fmt::format("{} {}\n", each == conversation_.model ? '*' : ' ', on_one_line(each)));
  }
  if (models_->empty()) remark("no key reaches a model yet: store one with `byok set PROVIDER`");
  return {};
}

void ChatSession::change_system(const std::string& text) {
  if (text.empty()) {
    print_document(without_controls(conversation_.system.empty() ? "(no system prompt)"
                                                                 : conversation_.system));
    return;
  }
  conversation_.system = text == "-" ? "" : text;
  context_.note(conversation_.system.empty() ? "the system prompt is gone"
                                             : "the system prompt is set");
}

Outcome<void> ChatSession::attach_file(const std::string& path) {
  auto attached = attach_regular(path);
  if (!attached) return attached.error();
  announce(*attached);
  options_.attachments.push_back(std::move(*attached));
  return {};
}

void ChatSession::announce(const Attachment& attachment) const {
  context_.note(fmt::format("{} goes with the next question", attachment.name));
}

Outcome<void> ChatSession::save(const std::string& path) {
  if (conversation_.turns.empty())
    return usage_error("nothing was said yet: there is nothing to save");
  const bool there = is_there(path);
  if (there) {
    if (auto may = may_replace(path); !may) return may;
    const auto said =
        editor_.read(fmt::format("{} is there already. Replace it? [y/N] ", on_one_line(path)));
    const std::string_view answer = trimmed(said.text);
    if (said.how != LineEditor::How::line || (answer != "y" && answer != "Y" && answer != "yes")) {
      return usage_error("nothing was saved: answer y, or give another name");
    }
  }
  auto written = write_file(path, transcript(conversation_), there);
  if (!written) return written.error();
  context_.note(fmt::format("saved as {}", path));
  return {};
}

const std::vector<std::string>& ChatSession::models() {
  static const std::vector<std::string> none;
  if (!models_) {
    auto listed = chat_models(client_);
    // Asked for again with the next TAB; the line is not broken for an error.
    if (!listed) return none;
    models_ = std::move(*listed);
  }
  return *models_;
}

}  // namespace byok::cli

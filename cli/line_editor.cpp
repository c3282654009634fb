#include "cli/line_editor.hpp"

#include <histedit.h>
#include <langinfo.h>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstring>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "cli/output.hpp"
#include "cli/pasted_texts.hpp"
#include "cli/prompt.hpp"
#include "cli/signals.hpp"
#include "cli/terminal_input.hpp"
#include "cli/text.hpp"

namespace byok::cli {
namespace {

// A terminal puts these around what is pasted, once it is asked to.
constexpr std::string_view paste_begin = "\x1b[200~";
constexpr std::string_view paste_end = "\x1b[201~";
constexpr std::string_view mark_pastes = "\x1b[?2004h";
constexpr std::string_view leave_pastes = "\x1b[?2004l";
constexpr std::string_view bold = "\1\x1b[1m\1";
constexpr std::string_view plain = "\1\x1b[0m\1";

// What Ctrl-C comes as once libedit is to give the line up. The terminal keeps the real one for
// itself.
constexpr wchar_t give_up = 3;

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
struct EndEditLine {
  void operator()(EditLine* line) const { el_end(line); }
};
struct EndHistory {
  void operator()(History* history) const { history_end(history); }
};

std::unique_ptr<std::FILE, CloseFile> open_stream() {
  std::unique_ptr<std::FILE, CloseFile> stream(fdopen(open_terminal().release(), "r+"));
  if (!stream) throw std::system_error(errno, std::generic_category(), "cannot open the terminal");
  return stream;
}

// All text here is UTF-8, and libedit goes by the locale.
void use_utf8() {
  std::setlocale(LC_CTYPE, "");
  if (std::strcmp(nl_langinfo(CODESET), "UTF-8") != 0) std::setlocale(LC_CTYPE, "C.UTF-8");
}

std::string common_beginning(const std::vector<std::string>& texts) {
  std::string common = texts.front();
  for (const std::string& each : texts) {
    const auto differ = std::ranges::mismatch(common, each).in1;
    common.erase(differ, common.end());
  }
  // Not in the middle of a character.
  while (well_formed(common) != common) common.pop_back();
  return common;
}

}  // namespace

class LineEditor::Implementation {
 public:
  Implementation(Complete complete, std::size_t most_remembered)
      : complete_(std::move(complete)), terminal_(open_stream()), history_(history_init()) {
    use_utf8();
    std::setvbuf(terminal_.get(), nullptr, _IOFBF, BUFSIZ);
    edit_.reset(el_init("byok", terminal_.get(), terminal_.get(), stderr));
    if (!edit_ || !history_) throw std::runtime_error("cannot edit lines on this terminal");
    HistEvent event{};
    history(history_.get(), &event, H_SETSIZE, static_cast<int>(most_remembered));
    history(history_.get(), &event, H_SETUNIQUE, 1);
    EditLine* edit = edit_.get();
    el_set(edit, EL_CLIENTDATA, this);
    el_set(edit, EL_HIST, history, history_.get());
    el_set(edit, EL_EDITOR, "emacs");
    el_set(edit, EL_PROMPT_ESC, &prompt_of, '\1');
    el_set(edit, EL_GETCFN, &next_of);
    el_set(edit, EL_ADDFN, "byok-paste", "Take in what is pasted", &paste_of);
    el_set(edit, EL_ADDFN, "byok-complete", "Complete commands, models and files", &complete_of);
    el_set(edit, EL_ADDFN, "byok-break", "Break the line", &break_of);
    el_set(edit, EL_ADDFN, "byok-to-end", "Go behind the line", &to_end_of);
    bind("^R", "em-inc-search-prev");
    bind("^W", "ed-delete-prev-word");
    bind("\\e[1;5C", "em-next-word");
    bind("\\e[1;5D", "ed-prev-word");
    el_source(edit, nullptr);
    bind("^I", "byok-complete");
    bind("\\e[200~", "byok-paste");
    bind("^C", "byok-to-end");
    bind("\\e^M", "byok-break");
    bind("\\e^J", "byok-break");
  }

  Read read(std::string_view prompt) {
    prompt_ = styled(prompt);
    HeldSignals signals({SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH});
    TerminalInput input(fileno(terminal_.get()), signals.fd());
    input.feed(waiting_);
    waiting_.clear();
    signals_ = &signals;
    input_ = &input;
    interrupted_ = false;
    el_resize(edit_.get());
    // libedit would do so only behind the prompt: what is typed in between would be shown twice.
    el_set(edit_.get(), EL_PREP_TERM, 1);
    begin();
    int size = 0;
    const char* line = el_gets(edit_.get(), &size);
    end();
    waiting_ = input.rest();
    input_ = nullptr;
    signals_ = nullptr;
    if (interrupted_) {
      show("^C\n");
      pasted_.expand({});
      return {How::interrupted, std::move(so_far_)};
    }
    if (line == nullptr || size <= 0) {
      show("\n");
      return {How::ended, {}};
    }
    std::string text(line, static_cast<std::size_t>(size));
    while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
    return {How::line, pasted_.expand(std::move(text))};
  }

  void prefill(std::string_view text) {
    int edits = 0;
    // Where libedit leaves the line to the terminal, nothing reads the marks.
    if (el_get(edit_.get(), EL_EDITMODE, &edits) != 0 || edits == 0) return;
    waiting_.insert(0, std::string(paste_begin).append(without_controls(text)).append(paste_end));
  }

  void remember(const std::string& entry) {
    HistEvent event{};
    history(history_.get(), &event, H_ENTER, entry.c_str());
  }

 private:
  static Implementation& self(EditLine* edit) {
    void* data = nullptr;
    el_get(edit, EL_CLIENTDATA, &data);
    return *static_cast<Implementation*>(data);
  }
  static char* prompt_of(EditLine* edit) { return self(edit).prompt_.data(); }
  static int next_of(EditLine* edit, wchar_t* character) { return self(edit).next(*character); }
  static unsigned char paste_of(EditLine* edit, int) { return self(edit).paste(); }
  static unsigned char complete_of(EditLine* edit, int) { return self(edit).complete(); }
  static unsigned char break_of(EditLine* edit, int) {
    return el_insertstr(edit, "\n") == 0 ? CC_REFRESH : CC_ERROR;
  }

  static unsigned char to_end_of(EditLine* edit, int) {
    const LineInfo* line = el_line(edit);
    // In bytes, which are at least as many as characters.
    el_cursor(edit, static_cast<int>(line->lastchar - line->cursor));
    return CC_CURSOR;
  }

  void bind(const char* keys, const char* command) {
    el_set(edit_.get(), EL_BIND, keys, command, nullptr);
  }

  std::string styled(std::string_view prompt) const {
    if (prompt.empty() || !is_styled(fileno(terminal_.get()))) return std::string(prompt);
    // libedit drops a mark that no character follows.
    return std::string(bold)
        .append(prompt.substr(0, prompt.size() - 1))
        .append(plain)
        .append(prompt.substr(prompt.size() - 1));
  }

  void show(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), terminal_.get());
    std::fflush(terminal_.get());
  }
  void begin() {
    if (moves_cursor(fileno(terminal_.get()))) show(mark_pastes);
  }
  void end() {
    if (moves_cursor(fileno(terminal_.get()))) show(leave_pastes);
  }

  // As libedit asks for it: 1 with a character, 0 at the end, -1 to give the line up.
  int next(wchar_t& character) {
    for (;;) {
      if (interrupted_) {
        errno = EINTR;
        return -1;
      }
      const TerminalInput::Next next = input_->next();
      switch (next.event) {
        case TerminalInput::Event::character:
          character = static_cast<wchar_t>(next.character);
          return 1;
        case TerminalInput::Event::ended:
          return 0;
        case TerminalInput::Event::signal:
          if (take_signal()) break;
          // The cursor goes behind the line first, so that nothing is written over it.
          character = give_up;
          return 1;
      }
    }
  }

  // False where the line is to be given up.
  bool take_signal() {
    // Of SIGINT and SIGWINCH the former is taken first.
    if (!is_pending(SIGHUP) && !is_pending(SIGQUIT) && !is_pending(SIGTERM) &&
        !is_pending(SIGTSTP)) {
      if (signals_->take() == SIGINT) {
        interrupted_ = true;
        const LineInfo* line = el_line(edit_.get());
        so_far_.assign(line->buffer, line->lastchar);
        return false;
      }
      el_resize(edit_.get());
      return true;
    }
    // The terminal is made what it was: now the signal may end or stop the program. Who is
    // continued goes on with the line.
    end();
    el_set(edit_.get(), EL_PREP_TERM, 0);
    signals_->release();
    signals_->hold();
    el_set(edit_.get(), EL_PREP_TERM, 1);
    begin();
    el_resize(edit_.get());
    el_set(edit_.get(), EL_REFRESH);
    return true;
  }

  static bool is_pending(int signal) {
    sigset_t pending;
    return sigpending(&pending) == 0 && sigismember(&pending, signal) == 1;
  }

  unsigned char paste() {
    std::string text;
    for (;;) {
      const TerminalInput::Event event = input_->until(paste_end, text).event;
      if (event == TerminalInput::Event::character) break;
      if (event == TerminalInput::Event::ended || !take_signal()) return CC_EOF;
    }
    return el_insertstr(edit_.get(), pasted_.take(text).c_str()) == 0 ? CC_REFRESH : CC_ERROR;
  }

  unsigned char complete() {
    const LineInfo* line = el_line(edit_.get());
    const std::string before(line->buffer, line->cursor);
    const std::vector<std::string> all = complete_(before);
    if (all.empty()) return CC_REFRESH_BEEP;
    const std::string common = common_beginning(all);
    if (common.size() > before.size() && common.starts_with(before)) {
      return el_insertstr(edit_.get(), common.c_str() + before.size()) == 0 ? CC_REFRESH : CC_ERROR;
    }
    if (all.size() == 1) return CC_REFRESH;
    show("\n");
    for (const std::string& each : all) show(on_one_line(each) + "\n");
    return CC_REDISPLAY;
  }

  Complete complete_;
  std::unique_ptr<std::FILE, CloseFile> terminal_;
  std::unique_ptr<History, EndHistory> history_;
  std::unique_ptr<EditLine, EndEditLine> edit_;
  std::string prompt_;
  PastedTexts pasted_;
  std::string waiting_;  // typed, or put there, ahead of the next line
  std::string so_far_;
  bool interrupted_ = false;
  HeldSignals* signals_ = nullptr;  // while a line is read
  TerminalInput* input_ = nullptr;
};

LineEditor::LineEditor(Complete complete, std::size_t most_remembered)
    : implementation_(std::make_unique<Implementation>(std::move(complete), most_remembered)) {}
LineEditor::~LineEditor() = default;

LineEditor::Read LineEditor::read(std::string_view prompt) { return implementation_->read(prompt); }
void LineEditor::prefill(std::string_view text) { implementation_->prefill(text); }
void LineEditor::remember(const std::string& entry) { implementation_->remember(entry); }

}  // namespace byok::cli

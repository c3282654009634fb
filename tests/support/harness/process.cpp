#include "tests/support/harness/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

extern char** environ;

namespace byok::testing {
namespace {

struct PipeEnds {
  Fd read;
  Fd write;
};

PipeEnds make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe2 failed");
  return {Fd(ends[0]), Fd(ends[1])};
}

std::string find_program(const std::string& name, const std::string& folders) {
  if (name.find('/') != name.npos) return name;
  for (std::size_t begin = 0; begin < folders.size();) {
    std::size_t end = std::min(folders.find(':', begin), folders.size());
    std::string path = folders.substr(begin, end - begin) + "/" + name;
    if (::access(path.c_str(), X_OK) == 0) return path;
    begin = end + 1;
  }
  throw std::runtime_error(name + " is not installed");
}

}  // namespace

std::string program(std::string_view name) { return std::string(BYOK_BIN_DIR "/") += name; }

Environment clean_environment(const std::string& home) {
  Environment out{{"HOME", home}};
  for (char** entry = environ; *entry != nullptr; ++entry) {
    std::string_view text = *entry;
    std::size_t equals = std::min(text.find('='), text.size());
    std::string_view name = text.substr(0, equals);
    if (name == "PATH" || name.ends_with("SAN_OPTIONS")) {
      out.emplace(name, text.substr(equals + 1));
    }
  }
  return out;
}

Process::Process(const std::vector<std::string>& argv, const Environment& environment,
                 const std::string& working_folder) {
  auto path_entry = environment.find("PATH");
  const std::string path =
      find_program(argv.at(0), path_entry == environment.end() ? "" : path_entry->second);
  PipeEnds in = make_pipe();
  PipeEnds out = make_pipe();
  PipeEnds err = make_pipe();
  pid_ = spawn(path, argv, environment, working_folder, [&] {
    ::dup2(in.read.get(), 0);
    ::dup2(out.write.get(), 1);
    ::dup2(err.write.get(), 2);
  });
  stdin_ = std::move(in.write);
  out_.fd = std::move(out.read);
  err_.fd = std::move(err.read);
  for (Pipe* pipe : {&out_, &err_}) {
    pipe->reader = std::thread([this, pipe] { collect(*pipe); });
  }
}

Process::~Process() {
  if (!exit_) {
    signal(SIGKILL);
    wait();
  }
  out_.reader.join();
  err_.reader.join();
}

void Process::collect(Pipe& pipe) {
  char block[16 * 1024];
  for (;;) {
    ssize_t got = ::read(pipe.fd.get(), block, sizeof block);
    if (got < 0 && errno == EINTR) continue;
    std::scoped_lock lock(mutex_);
    if (got > 0) pipe.text.append(block, static_cast<std::size_t>(got));
    if (got <= 0) pipe.open = false;
    changed_.notify_all();
    if (got <= 0) return;
  }
}

void Process::write_stdin(std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t put = ::write(stdin_.get(), bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return;  // It ended without reading on: its exit code tells.
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
}

void Process::close_stdin() { stdin_.close(); }

void Process::signal(int number) {
  if (!exit_) ::kill(pid_, number);
}

std::optional<ExitCode> Process::wait(std::chrono::milliseconds limit) {
  if (exit_) return exit_;
  Fd handle(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  pollfd poller{handle.get(), POLLIN, 0};
  int ready = 0;
  do {
    ready = ::poll(&poller, 1, static_cast<int>(limit.count()));
  } while (ready < 0 && errno == EINTR);
  if (ready == 0) return std::nullopt;
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  exit_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  // What it wrote last may still be on its way through the pipes.
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, patience, [this] { return !out_.open && !err_.open; });
  return exit_;
}

std::string Process::out() const {
  std::scoped_lock lock(mutex_);
  return out_.text;
}

std::string Process::err() const {
  std::scoped_lock lock(mutex_);
  return err_.text;
}

std::optional<std::string> Process::wait_for_line(std::string_view part,
                                                  std::chrono::milliseconds limit) {
  auto line_in = [part](const std::string& text) -> std::optional<std::string> {
    std::size_t at = text.find(part);
    if (at == text.npos) return std::nullopt;
    std::size_t end = text.find('\n', at);
    if (end == text.npos) return std::nullopt;
    std::size_t before = text.rfind('\n', at);
    std::size_t begin = before == text.npos ? 0 : before + 1;
    return text.substr(begin, end - begin);
  };
  std::unique_lock lock(mutex_);
  std::optional<std::string> line;
  changed_.wait_for(lock, limit, [&] {
    if (!(line = line_in(err_.text))) line = line_in(out_.text);
    return line || (!out_.open && !err_.open);
  });
  return line;
}

Finished run(const std::vector<std::string>& argv, const Environment& environment,
             std::string_view input) {
  Process process(argv, environment);
  process.write_stdin(input);
  process.close_stdin();
  auto code = process.wait();
  if (!code) throw TimedOut(argv.front() + " did not end");
  return {*code, process.out(), process.err()};
}

bool eventually(const std::function<bool()>& holds, std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!holds()) {
    if (std::chrono::steady_clock::now() >= end) return holds();
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

}  // namespace byok::testing

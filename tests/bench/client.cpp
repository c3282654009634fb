// A load client for what wrk does not do: calls at a fixed rate, whose latency counts from when
// they were due, and streams of server-sent events, whose chunks say when they were sent.
//
//   bench_client rate PORT TOKENS RATE SECONDS [FIELD]...
//   bench_client streams PORT TOKENS STREAMS CHUNKS GAP_US SECONDS [FIELD]...
//
// TOKENS holds a token a line, those of the tenants from 0 on, taken by turns; a FIELD is a header
// line that each request bears. Prints one JSON object.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <deque>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "tests/bench/event_loop.hpp"
#include "tests/bench/workload.hpp"

namespace byok::bench {
namespace {

std::vector<std::string> read_lines(const std::string& file) {
  std::ifstream in(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  if (lines.empty()) throw std::runtime_error("no tokens in " + file);
  return lines;
}

// Requests in turn, each of another tenant.
class Requests {
 public:
  Requests(std::vector<std::string> tokens, std::string fields, std::string body)
      : tokens_(std::move(tokens)), fields_(std::move(fields)), body_(std::move(body)) {}

  std::string next() {
    const std::size_t tenant = next_++ % tokens_.size();
    return fmt::format(
        "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {}\r\n"
        "Content-Type: application/json\r\n{}: {}\r\n{}Content-Length: {}\r\n\r\n{}",
        tokens_[tenant], tenant_field, tenant, fields_, body_.size(), body_);
  }

 private:
  std::vector<std::string> tokens_;
  std::string fields_;
  std::string body_;
  std::size_t next_ = 0;
};

// Microseconds, kept as nanoseconds until they are shown.
class Times {
 public:
  void add(std::uint64_t from, std::uint64_t to) { times_.push_back(to > from ? to - from : 0); }
  // The smallest that `share` of them do not exceed.
  double at(double share) {
    if (times_.empty()) return 0;
    const auto place = static_cast<std::size_t>(share * static_cast<double>(times_.size() - 1));
    std::nth_element(times_.begin(), times_.begin() + static_cast<std::ptrdiff_t>(place),
                     times_.end());
    return static_cast<double>(times_[place]) / 1'000;
  }

 private:
  std::vector<std::uint64_t> times_;
};

struct Call {
  explicit Call(FileDescriptor fd) : socket(std::move(fd)) {}

  Socket socket;
  std::uint64_t due = 0;  // 0: idle
  std::string received;
  std::size_t scanned = 0;
  bool begun = false;
};

// What an answer's bytes say, as far as they have come.
enum class Progress { more, done, failed };

class Client {
 public:
  Client(std::uint16_t port, Requests requests) : port_(port), requests_(std::move(requests)) {}

  // Calls that come due each 1/rate seconds, on as many connections as that takes.
  void run_rate(std::uint64_t rate, std::uint64_t seconds) {
    const std::uint64_t begin = now_ns();
    const std::uint64_t end = begin + seconds * 1'000'000'000;
    std::uint64_t made = 0;
    for (std::uint64_t now = begin; now < end || busy_ > 0; now = now_ns()) {
      const auto due = [&] { return begin + made * 1'000'000'000 / rate; };
      for (; due() <= now && due() < end; ++made) start(idle_call(), due());
      if (now > end + give_up) break;
      wait(now, std::min(due() < end ? due() : now + 100'000'000, now + 100'000'000));
    }
    fmt::print(R"({{"calls":{},"failed":{},"p50_us":{:.1f},"p99_us":{:.1f}}})"
               "\n",
               done_, failed_ + busy_, answers_.at(0.5), answers_.at(0.99));
  }

  // `count` streams at a time for as long; what is under way then is cut off.
  void run_streams(std::size_t count, std::uint64_t seconds) {
    const std::uint64_t begin = now_ns();
    const std::uint64_t end = begin + seconds * 1'000'000'000;
    again_ = true;
    for (std::size_t i = 0; i < count; ++i) {
      start(idle_call(), now_ns());
      // Not all at once: connections would wait for each other.
      wait(now_ns(), now_ns() + 200'000);
    }
    for (std::uint64_t now = now_ns(); now < end; now = now_ns()) wait(now, end);
    const double took = static_cast<double>(now_ns() - begin) / 1e9;
    fmt::print(R"({{"streams":{},"failed":{},"first_p50_us":{:.1f},"first_p99_us":{:.1f},)"
               R"("delay_p50_us":{:.1f},"delay_p99_us":{:.1f},"chunks_per_s":{:.0f}}})"
               "\n",
               done_, failed_, firsts_.at(0.5), firsts_.at(0.99), delays_.at(0.5), delays_.at(0.99),
               static_cast<double>(chunks_) / took);
  }

 private:
  static constexpr const char* length_field = "\r\nContent-Length: ";
  static constexpr std::uint64_t give_up = 10'000'000'000;

  Call& idle_call() {
    if (idle_.empty()) {
      FileDescriptor fd(checked(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
      const sockaddr_in address = loopback(port_);
      checked(connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
              "connect");
      checked(fcntl(fd.get(), F_SETFL, O_NONBLOCK), "fcntl");
      idle_.push_back(calls_.emplace_back(std::make_unique<Call>(std::move(fd))).get());
      epoll_.add(idle_.back()->socket.fd(), idle_.back());
    }
    Call* call = idle_.back();
    idle_.pop_back();
    return *call;
  }

  void start(Call& call, std::uint64_t due) {
    ++busy_;
    call.due = due;
    call.received.clear();
    call.scanned = 0;
    call.begun = false;
    if (!call.socket.write(requests_.next())) finish(call, Progress::failed);
  }

  void finish(Call& call, Progress how) {
    if (call.due == 0) return;
    --busy_;
    if (how == Progress::failed) {
      ++failed_;
    } else {
      ++done_;
      answers_.add(call.due, now_ns());
    }
    call.due = 0;
    if (how == Progress::failed) return;  // its connection is not used again
    idle_.push_back(&call);
    if (again_) start(idle_call(), now_ns());
  }

  void wait(std::uint64_t now, std::uint64_t until) {
    epoll_.wait(now, until, [&](void* what, std::uint32_t events) {
      Call& call = *static_cast<Call*>(what);
      if (events & EPOLLOUT) call.socket.flush();
      read(call);
    });
  }

  void read(Call& call) {
    char buffer[64 * 1024];
    for (;;) {
      const ssize_t got = recv(call.socket.fd(), buffer, sizeof buffer, 0);
      if (got < 0 && errno == EAGAIN) return;
      if (got <= 0) return finish(call, Progress::failed);
      if (call.due == 0) continue;
      call.received.append(buffer, static_cast<std::size_t>(got));
      const Progress progress = scan(call);
      if (progress != Progress::more) return finish(call, progress);
    }
  }

  Progress scan(Call& call) {
    const std::size_t head = call.received.find("\r\n\r\n");
    if (head == std::string::npos) return Progress::more;
    if (!call.received.starts_with("HTTP/1.1 200")) return Progress::failed;
    if (const char* length = strcasestr(call.received.c_str(), length_field)) {
      const std::size_t size = std::strtoull(length + std::strlen(length_field), nullptr, 10);
      return call.received.size() >= head + 4 + size ? Progress::done : Progress::more;
    }
    return scan_chunks(call, head + 4);
  }

  // Chunk by chunk, without regard to how they are framed: each names the time of its sending.
  Progress scan_chunks(Call& call, std::size_t body) {
    const std::uint64_t now = now_ns();
    if (!call.begun && call.received.size() > body) {
      call.begun = true;
      firsts_.add(call.due, now);
    }
    std::size_t at = call.received.find(sent_mark, std::max(call.scanned, body));
    for (; at != std::string::npos; at = call.received.find(sent_mark, at + 1)) {
      if (call.received.find('}', at) == std::string::npos) break;
      ++chunks_;
      call.scanned = at + 1;
      delays_.add(std::strtoull(call.received.data() + at + sent_mark.size(), nullptr, 10), now);
    }
    return call.received.ends_with("\r\n0\r\n\r\n") ? Progress::done : Progress::more;
  }

  std::uint16_t port_;
  Requests requests_;
  Epoll epoll_;
  std::vector<std::unique_ptr<Call>> calls_;
  std::vector<Call*> idle_;
  std::size_t busy_ = 0;
  bool again_ = false;  // each call that ends is followed by another
  std::uint64_t done_ = 0;
  std::uint64_t failed_ = 0;
  std::uint64_t chunks_ = 0;
  Times answers_;
  Times firsts_;
  Times delays_;
};

int run(const std::vector<std::string>& words) {
  const auto number = [&](std::size_t at) { return std::stoull(words.at(at)); };
  const bool streams = words.at(0) == "streams";
  if (!streams && words[0] != "rate") throw std::out_of_range("no such work");
  std::string fields;
  for (std::size_t i = streams ? 7 : 5; i < words.size(); ++i) fields += words[i] + "\r\n";
  const std::string asked =
      streams ? fmt::format(R"("gpt-stream-{}-{}","stream":true)", number(4), number(5))
              : std::string(R"("gpt-4o-mini")");
  Client client(static_cast<std::uint16_t>(number(1)),
                Requests(read_lines(words.at(2)), fields,
                         R"({"model":)" + asked +
                             R"(,"messages":[{"role":"user","content":"What is the capital of )"
                             R"(France?"}]})"));
  if (streams) {
    client.run_streams(number(3), number(6));
  } else {
    client.run_rate(number(3), number(4));
  }
  return 0;
}

}  // namespace
}  // namespace byok::bench

int main(int count, char** arguments) {
  try {
    return byok::bench::run({arguments + 1, arguments + count});
  } catch (const std::logic_error&) {
    std::fputs(
        "usage: bench_client rate PORT TOKENS RATE SECONDS [FIELD]...\n"
        "       bench_client streams PORT TOKENS STREAMS CHUNKS GAP_US SECONDS [FIELD]...\n",
        stderr);
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_client: %s\n", error.what());
    return 1;
  }
}

// The provider that the benchmark's gateways call: answers at once, in the three providers' formats
// or as a stream of server-sent events, and counts the calls that bore another key than their
// tenant's.
//
//   bench_upstream PORT          serves 127.0.0.1:PORT on one thread; GET /stats tells the counts
//   bench_upstream keys COUNT    prints the keys of the tenants from 0 on, one a line
//
// A body that names the model gpt-stream-CHUNKS-MICROSECONDS is answered with so many events, so
// long apart.
#include <fmt/format.h>
#include <sys/socket.h>

#include <charconv>
#include <cstdio>
#include <cstring>
#include <memory>
#include <queue>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tests/bench/event_loop.hpp"
#include "tests/bench/workload.hpp"

namespace byok::bench {
namespace {

constexpr std::string_view json_head =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    "x-request-id: req_0123456789abcdef0123456789abcdef\r\n"
    "x-ratelimit-remaining-requests: 9999\r\nopenai-processing-ms: 1\r\n";
constexpr std::string_view stream_head =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
    "Cache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n"
    "x-request-id: req_0123456789abcdef0123456789abcdef\r\n\r\n";
constexpr std::string_view answer_text =
    "Paris is the capital of France. It has been the seat of its government for most of the "
    "country's history, and is its largest city by far.";

// An answer's head and body, `text` being its JSON.
std::string whole(std::string_view text) {
  return fmt::format("{}Content-Length: {}\r\n\r\n{}", json_head, text.size(), text);
}

struct Answers {
  std::string openai = whole(fmt::format(
      R"({{"id":"chatcmpl-0123456789abcdef","object":"chat.completion","created":1760000000,)"
      R"("model":"gpt-4o-mini-2024-07-18","choices":[{{"index":0,"message":{{"role":"assistant",)"
      R"("content":"{}","refusal":null,"annotations":[]}},"logprobs":null,"finish_reason":"stop"}}],)"
      R"("usage":{{"prompt_tokens":14,"completion_tokens":28,"total_tokens":42,)"
      R"("prompt_tokens_details":{{"cached_tokens":0,"audio_tokens":0}},)"
      R"("completion_tokens_details":{{"reasoning_tokens":0,"audio_tokens":0}}}},)"
      R"("service_tier":"default","system_fingerprint":"fp_560af6e559"}})",
      answer_text));
  std::string anthropic = whole(fmt::format(
      R"({{"id":"msg_0123456789abcdef","type":"message","role":"assistant",)"
      R"("model":"claude-sonnet-4-5","content":[{{"type":"text","text":"{}"}}],)"
      R"("stop_reason":"end_turn","stop_sequence":null,"usage":{{"input_tokens":14,)"
      R"("cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":28}}}})",
      answer_text));
  std::string gemini = whole(fmt::format(
      R"({{"candidates":[{{"content":{{"parts":[{{"text":"{}"}}],"role":"model"}},)"
      R"("finishReason":"STOP","index":0}}],"usageMetadata":{{"promptTokenCount":14,)"
      R"("candidatesTokenCount":28,"totalTokenCount":42}},"modelVersion":"gemini-2.5-flash",)"
      R"("responseId":"0123456789abcdef"}})",
      answer_text));
  std::string refusal = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n";

  const std::string& to(std::string_view target) const {
    if (target.ends_with("/v1/messages")) return anthropic;
    if (target.find(":generateContent") != target.npos) return gemini;
    return openai;
  }
};

// The value of a field in `head`, whose name is searched for without regard to case.
std::string_view field(std::string_view head, std::string_view name) {
  for (std::size_t at = head.find('\n'); at != head.npos; at = head.find('\n', at + 1)) {
    std::string_view line = head.substr(at + 1);
    if (line.size() <= name.size() || line[name.size()] != ':') continue;
    if (strncasecmp(line.data(), name.data(), name.size()) != 0) continue;
    line = line.substr(0, line.find('\r')).substr(name.size() + 1);
    while (line.starts_with(' ')) line.remove_prefix(1);
    return line;
  }
  return {};
}

std::uint64_t number(std::string_view digits, int base = 10) {
  std::uint64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  return value;
}

// Whether the call bears a tenant's key, and that of the tenant it is for, where it says so.
bool has_its_key(std::string_view head) {
  std::string_view key = field(head, "authorization");
  if (key.starts_with("Bearer ")) key.remove_prefix(7);
  if (key.empty()) key = field(head, "x-api-key");
  if (key.empty()) key = field(head, "x-goog-api-key");
  const std::optional<std::uint32_t> tenant = tenant_of(key);
  const std::string_view meant = field(head, tenant_field);
  return tenant && (meant.empty() || number(meant) == *tenant);
}

struct Stream {
  std::uint64_t chunks = 0;  // left to be sent
  std::uint64_t gap_ns = 0;
};

// gpt-stream-CHUNKS-MICROSECONDS in `body`; no chunks where it is none.
Stream stream_in(std::string_view body) {
  constexpr std::string_view mark = "\"gpt-stream-";
  const std::size_t at = body.find(mark);
  if (at == body.npos) return {};
  const std::string_view rest = body.substr(at + mark.size());
  const std::size_t gap = rest.find('-');
  return {number(rest), gap == rest.npos ? 0 : number(rest.substr(gap + 1)) * 1'000};
}

// The whole body, and how many bytes it took; nothing where there is more to come. What a body
// says is looked for in its beginning and its end.
struct Body {
  std::string text;
  std::size_t size;
};
std::optional<Body> body_in(std::string_view head, std::string_view bytes) {
  if (field(head, "transfer-encoding").empty()) {
    const std::size_t size = number(field(head, "content-length"));
    if (bytes.size() < size) return std::nullopt;
    return Body{std::string(bytes.substr(0, std::min<std::size_t>(size, 4096))), size};
  }
  Body body{{}, 0};
  for (;;) {
    const std::size_t line = bytes.find("\r\n", body.size);
    if (line == bytes.npos) return std::nullopt;
    const std::size_t size = number(bytes.substr(body.size, line - body.size), 16);
    if (bytes.size() < line + 2 + size + 2) return std::nullopt;
    body.text += bytes.substr(line + 2, size);
    body.size = line + 2 + size + 2;
    if (size == 0) return body;
  }
}

class Upstream {
 public:
  explicit Upstream(std::uint16_t port) : listener_(listen_on(port)) {
    epoll_.add(listener_.get(), nullptr);
  }

  [[noreturn]] void serve() {
    for (;;) {
      const std::uint64_t now = now_ns();
      const std::uint64_t idle = now + 1'000'000'000;
      const std::uint64_t until = !eager_.empty() ? 0 : due_.empty() ? idle : due_.top().at;
      epoll_.wait(now, until, [&](void* what, std::uint32_t events) {
        what == nullptr ? accept_all() : serve(*static_cast<Client*>(what), events);
      });
      send_due();
      gone_.clear();
    }
  }

 private:
  struct Client {
    explicit Client(FileDescriptor fd) : socket(std::move(fd)) {}
    Socket socket;
    std::string received;
    Stream stream;
    bool gone = false;
  };
  struct Due {
    std::uint64_t at;
    std::weak_ptr<Client> client;
    bool operator<(const Due& other) const { return at > other.at; }
  };

  void accept_all() {
    for (;;) {
      FileDescriptor fd(accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (!fd) return;
      auto client = std::make_shared<Client>(std::move(fd));
      epoll_.add(client->socket.fd(), client.get());
      clients_.emplace(client.get(), std::move(client));
    }
  }

  void serve(Client& client, std::uint32_t events) {
    if (client.gone) return;
    if ((events & EPOLLOUT) && !client.socket.flush()) return drop(client);
    char buffer[64 * 1024];
    for (;;) {
      const ssize_t got = recv(client.socket.fd(), buffer, sizeof buffer, 0);
      if (got == 0 || (got < 0 && errno != EAGAIN)) return drop(client);
      if (got < 0) break;
      client.received.append(buffer, static_cast<std::size_t>(got));
      if (static_cast<std::size_t>(got) < sizeof buffer && !(events & EPOLLRDHUP)) break;
    }
    if (!answer_all(client)) drop(client);
  }

  void drop(Client& client) {
    client.gone = true;
    auto found = clients_.find(&client);
    // Events of this round may still name it.
    gone_.push_back(std::move(found->second));
    clients_.erase(found);
  }

  // Each request that has come whole; a stream's end comes first.
  bool answer_all(Client& client) {
    while (client.stream.chunks == 0) {
      const std::size_t end = client.received.find("\r\n\r\n");
      if (end == std::string::npos) return true;
      const std::string_view head = std::string_view(client.received).substr(0, end + 4);
      const auto body = body_in(head, std::string_view(client.received).substr(end + 4));
      if (!body) return true;
      if (!answer(client, head, body->text)) return false;
      client.received.erase(0, end + 4 + body->size);
    }
    return true;
  }

  bool answer(Client& client, std::string_view head, std::string_view body) {
    const std::size_t begin = head.find(' ') + 1;
    const std::string_view target = head.substr(begin, head.find(' ', begin) - begin);
    if (target == "/stats") return client.socket.write(whole(stats()));
    ++calls_;
    if (!has_its_key(head)) {
      ++wrong_;
      return client.socket.write(answers_.refusal);
    }
    client.stream = stream_in(body);
    if (client.stream.chunks == 0) return client.socket.write(answers_.to(target));
    if (!client.socket.write(stream_head) || !send_chunk(client)) return false;
    go_on(client, now_ns());
    return true;
  }

  bool send_chunk(Client& client) {
    if (client.stream.chunks == 0) return true;
    --client.stream.chunks;
    std::string event =
        fmt::format(R"(data: {{"id":"chatcmpl-0123456789abcdef","object":"chat.completion.chunk",)"
                    R"("created":1760000000,"model":"gpt-4o-mini","choices":[{{"index":0,"delta":)"
                    R"({{"content":" word"}},"finish_reason":null}}],{}{}}})"
                    "\n\n",
                    sent_mark, now_ns());
    if (client.stream.chunks == 0) event += "data: [DONE]\n\n";
    const std::string_view end = client.stream.chunks == 0 ? "0\r\n\r\n" : "";
    return client.socket.write(fmt::format("{:x}\r\n{}\r\n{}", event.size(), event, end));
  }

  void go_on(Client& client, std::uint64_t at) {
    if (client.stream.chunks == 0) return;
    auto self = clients_.at(&client);
    if (client.stream.gap_ns == 0) {
      eager_.push_back(self);
    } else {
      due_.push({at + client.stream.gap_ns, self});
    }
  }

  // One chunk of each stream whose time has come; streams without a pause send one a turn.
  void send_due() {
    std::vector<std::pair<std::weak_ptr<Client>, std::uint64_t>> now_due;
    const std::uint64_t now = now_ns();
    for (auto& each : std::exchange(eager_, {})) now_due.emplace_back(std::move(each), now);
    for (; !due_.empty() && due_.top().at <= now; due_.pop()) {
      now_due.emplace_back(due_.top().client, due_.top().at);
    }
    for (auto& [client, at] : now_due) {
      const std::shared_ptr<Client> alive = client.lock();
      if (!alive || alive->gone) continue;
      // Who does not read is not sent more.
      const bool full = alive->socket.unsent() > 64 * 1024;
      if (!full && !send_chunk(*alive)) {
        drop(*alive);
        continue;
      }
      go_on(*alive, at);
      if (alive->stream.chunks == 0 && !answer_all(*alive)) drop(*alive);
    }
  }

  std::string stats() const { return fmt::format(R"({{"calls":{},"wrong":{}}})", calls_, wrong_); }

  FileDescriptor listener_;
  Epoll epoll_;
  Answers answers_;
  std::unordered_map<Client*, std::shared_ptr<Client>> clients_;
  std::vector<std::shared_ptr<Client>> gone_;
  std::priority_queue<Due> due_;
  std::vector<std::weak_ptr<Client>> eager_;
  std::uint64_t calls_ = 0;
  std::uint64_t wrong_ = 0;
};

void print_keys(std::uint32_t count) {
  for (std::uint32_t tenant = 0; tenant < count; ++tenant) {
    std::puts(key_of(tenant).c_str());
  }
}

}  // namespace
}  // namespace byok::bench

int main(int count, char** arguments) {
  using namespace byok::bench;
  if (count == 3 && std::string_view(arguments[1]) == "keys") {
    print_keys(static_cast<std::uint32_t>(number(arguments[2])));
    return 0;
  }
  if (count != 2) {
    std::fputs("usage: bench_upstream PORT | keys COUNT\n", stderr);
    return 2;
  }
  Upstream(static_cast<std::uint16_t>(number(arguments[1]))).serve();
}

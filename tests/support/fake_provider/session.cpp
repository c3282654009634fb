#include "tests/support/fake_provider/session.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <cstdio>

#include "tests/support/fake_provider/answer.hpp"
#include "tests/support/fake_provider/providers.hpp"
#include "tests/support/wire/digest.hpp"

namespace byok::fake {
namespace {

namespace json = boost::json;
using testing::Head;
using testing::HttpReader;
using testing::Stream;

// More than any body that a provider's answer depends on; larger ones are only counted.
constexpr std::size_t held_body = 64 * 1024 * 1024;

void read_body(HttpReader& reader, Request& request) {
  testing::Sha256 digest;
  for (std::string piece; reader.read_body(piece);) {
    digest.add(piece);
    request.body_size += piece.size();
    if (request.body_size <= held_body) request.body += piece;
  }
  request.body_sha256 = digest.finish();
}

std::string without_key(std::string text, const std::string& key, const std::string& digest) {
  if (key.empty()) return text;
  for (std::size_t at = text.find(key); at != text.npos; at = text.find(key)) {
    text.replace(at, key.size(), "sha256:" + digest);
  }
  return text;
}

Call call_of(const Request& request, const std::string& key, const std::string& digest) {
  Headers headers = request.headers;
  for (Header& header : headers) header.value = without_key(header.value, key, digest);
  return {request.method,
          without_key(request.target, key, digest),
          std::move(headers),
          request.body.substr(0, kept_body),
          request.body_size,
          request.body_sha256,
          digest,
          testing::monotonic_us()};
}

// GET /v1/files/size-N/content: N bytes of the pattern.
bool serve_download(const Request& request, Answer& answer) {
  constexpr std::string_view prefix = "/v1/files/size-";
  if (!request.path.starts_with(prefix) || !request.path.ends_with("/content")) return false;
  std::uint64_t size = std::stoull(request.path.substr(prefix.size()));
  answer.begin(200, {{"Content-Type", "application/octet-stream"}}, size);
  for (std::uint64_t sent = 0; sent < size;) {
    auto now = static_cast<std::size_t>(std::min<std::uint64_t>(size - sent, 64 * 1024));
    answer.piece(testing::pattern(sent, now));
    sent += now;
  }
  return true;
}

// What came, for the paths that mean nothing here.
void echo(const Request& request, Answer& answer) {
  answer.send_json(200, {{"method", request.method},
                         {"target", request.target},
                         {"bodySize", request.body_size},
                         {"bodySha256", request.body_sha256}});
}

Headers identity_headers(Provider provider, const std::string& key_sha256) {
  Headers headers{{"x-fake-key-sha256", key_sha256}};
  if (provider == Provider::openai) {
    headers.push_back({"x-request-id", "req_fake"});
    headers.push_back({"openai-organization", "org-fake"});
  } else if (provider == Provider::anthropic) {
    headers.push_back({"request-id", "req_fake"});
    headers.push_back({"anthropic-organization-id", "org-fake"});
  }
  return headers;
}

void respond(const Request& request, const std::optional<Behaviour>& script,
             const std::vector<std::string>& keys, const std::string& digest, Answer& answer) {
  if (script && script->delay_ms > 0) answer.pause(std::chrono::milliseconds(script->delay_ms));
  if (script && script->raw) {
    answer.write(*script->raw);
    throw ConnectionOver();
  }
  if (script && (script->status || script->body || !script->headers.empty())) {
    return answer.send(script->status.value_or(200), script->headers, script->body.value_or(""));
  }
  Provider provider = provider_of(request);
  KeyVerdict verdict = judge(keys);
  const std::string key = keys.empty() ? "" : keys.front();
  ProviderCall call{request, digest, script};
  if (verdict != KeyVerdict::good) {
    if (provider == Provider::openai) return openai::refuse_key(verdict, key, answer);
    if (provider == Provider::anthropic) return anthropic::refuse_key(verdict, key, answer);
    return gemini::refuse_key(verdict, key, answer);
  }
  bool known = provider == Provider::openai      ? openai::respond(call, answer)
               : provider == Provider::anthropic ? anthropic::respond(call, answer)
                                                 : gemini::respond(call, answer);
  if (!known && !serve_download(request, answer)) echo(request, answer);
}

void serve_one(Stream& stream, HttpReader& reader, const Head& head, State& state) {
  Request request = parse_request(head);
  bool no_body = request.method == "HEAD";
  reader.begin_body(head, false);
  if (request.path.starts_with("/_fake/")) {
    read_body(reader, request);
    Answer answer(stream, state, request.path, {}, std::nullopt, no_body);
    return control(request, state, answer);
  }
  auto keys = credentials(request);
  const std::string key = keys.empty() ? "" : keys.front();
  const std::string digest = key.empty() ? "" : testing::sha256_hex(key);
  auto script = state.next_behaviour(request.target, digest);
  Answer answer(stream, state, without_key(request.target, key, digest),
                identity_headers(provider_of(request), digest), script ? script->cut : std::nullopt,
                no_body);
  if (script && script->stop_reading) {
    // It may have answered already.
    if (script->status) answer.send(*script->status, script->headers, script->body.value_or(""));
    answer.stall();
  }
  if (find(request.headers, "expect")) stream.write("HTTP/1.1 100 Continue\r\n\r\n");
  read_body(reader, request);
  state.record(call_of(request, key, digest));
  respond(request, script, keys, digest, answer);
}

}  // namespace

void control(const Request& request, State& state, Answer& answer) {
  const bool forget = request.method == "DELETE";
  if (request.path == "/_fake/calls") {
    if (!forget) return answer.send_json(200, state.calls());
    state.forget_calls();
  } else if (request.path == "/_fake/stats") {
    return answer.send_json(200, state.stats());
  } else if (request.path == "/_fake/script") {
    try {
      if (forget) {
        state.forget_script(query_value(request, "key_sha256").value_or(""));
      } else {
        state.add_script(json::parse(request.body));
      }
    } catch (const std::exception& error) {
      return answer.send_json(400, {{"error", error.what()}});
    }
  } else if (request.path == "/_fake/close_idle") {
    return answer.send_json(200, json::object{{"closed", state.close_idle()}});
  } else {
    return answer.send_json(404, json::object{{"error", "no such control path"}});
  }
  answer.send_json(200, json::object{{"ok", true}});
}

void serve(Stream stream, State& state) {
  const std::uint64_t connection = state.connection_opened(stream.fd());
  try {
    HttpReader reader(stream);
    bool served = false;
    for (bool open = true; open; served = true) {
      // A client whose first call is on its way has not kept the connection for another.
      state.connection_idle(connection, served);
      std::optional<Head> head = reader.read_head();
      state.connection_idle(connection, false);
      if (!head) break;
      const std::string* wish = find(head->headers, "connection");
      open = !wish || !testing::same_name(*wish, "close");
      serve_one(stream, reader, *head, state);
    }
  } catch (const ConnectionOver&) {
  } catch (const testing::ConnectionLost&) {
  } catch (const testing::TimedOut&) {
  } catch (const std::exception& error) {
    std::fprintf(stderr, "fake-provider: %s\n", error.what());
  }
  state.connection_closed(connection);
}

}  // namespace byok::fake

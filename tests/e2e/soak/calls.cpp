// What tenants ask for all day: chats on each path, passed through, translated and byokd's own,
// whole and streamed, embeddings, models, large bodies both ways, lists, and what is refused.
#include <algorithm>

#include "tests/e2e/soak/stage.hpp"

namespace byok::testing::soak {
namespace {

constexpr std::size_t large = 600'000;     // more than is gathered before a call
constexpr std::size_t upload = 2'000'000;  // more than any socket's buffer at once
constexpr std::size_t download = 3'000'000;
constexpr int chunk_count = 15;

enum class Tells { key, nothing };     // of whose key it was made with
enum class Again { may_go, may_not };  // once more, where a kept connection is dead

struct Call {
  std::string name;
  Provider provider;
  Request request;
  std::string holds;  // of the answer's body, near its end
  Tells tells = Tells::key;
  int share = 4;
  int chunks = 0;  // of a stream whose chunks hold the time that each was sent at
  int status = 200;
  Again again = Again::may_go;
  std::string sha256 = {};  // of the answer's body
};

const std::string who = "who am I?";
const std::string completions = "/v1/chat/completions";
const std::string own = "/ai/chat";
const std::string whole_stream = "data: [DONE]";
const std::string whole_own_stream = "\"done\":true";
const Headers version{{"anthropic-version", "2023-06-01"}};

std::string sse(const std::string& family) {
  return family + "-sse-" + std::to_string(chunk_count) + "-10";
}

Request post(const std::string& target, const std::string& body, Headers headers = {}) {
  return {.method = "POST", .target = target, .headers = std::move(headers), .body = body};
}

Request get(const std::string& target, Headers headers = {}) {
  return {.method = "GET", .target = target, .headers = std::move(headers), .body = {}};
}

std::string message(const std::string& model, bool stream) {
  return R"({"model":")" + model + R"(","max_tokens":99,"stream":)" + (stream ? "true" : "false") +
         R"(,"messages":[{"role":"user","content":"who?"}]})";
}

const std::string contents = R"({"contents":[{"role":"user","parts":[{"text":"who?"}]}]})";

Request gemini_call(const std::string& model, const std::string& verb) {
  return post("/v1beta/models/" + model + ":" + verb, contents);
}

// In three chunks, of which the second is a byte long.
Request chunked(Request request) {
  const std::string body = std::move(request.body);
  request.headers.push_back({"Transfer-Encoding", "chunked"});
  request.body = format_chunk(body.substr(0, 10)) + format_chunk(body.substr(10, 1)) +
                 format_chunk(body.substr(11)) + "0\r\n\r\n";
  return request;
}

std::vector<Call> whole_chats() {
  const std::string claude = chat_body("claude-whoami", who);
  const std::string google = chat_body("gemini-whoami", who);
  return {
      {"completions", openai, post(completions, chat_body("gpt-whoami", who)), "\"usage\""},
      {"completions, chunked", openai, chunked(post(completions, chat_body("gpt-whoami", who))),
       "\"usage\""},
      {"completions, claude", anthropic, post(completions, claude), "\"usage\""},
      {"completions, gemini", gemini, post(completions, google), "\"usage\""},
      {"responses", openai, post("/v1/responses", R"({"model":"gpt-whoami","input":"who?"})"),
       "\"usage\""},
      {"messages", anthropic, post("/v1/messages", message("claude-whoami", false), version),
       "\"usage\""},
      {"generateContent", gemini, gemini_call("gemini-whoami", "generateContent"), "STOP"},
      {"/ai/chat", openai, post(own, chat_body("gpt-whoami", who)), "\"usage\""},
      {"/ai/chat, claude", anthropic, post(own, claude), "\"usage\""},
      {"/ai/chat, gemini", gemini, post(own, google), "\"usage\""},
  };
}

std::vector<Call> streams() {
  const auto chat = [](const std::string& model) { return chat_body(model, who, true); };
  return {
      {"completions, streamed", openai, post(completions, chat("gpt-whoami")), whole_stream},
      {"completions, claude streamed", anthropic, post(completions, chat("claude-whoami")),
       whole_stream},
      {"completions, gemini streamed", gemini, post(completions, chat("gemini-whoami")),
       whole_stream},
      {"messages, streamed", anthropic,
       post("/v1/messages", message("claude-whoami", true), version), "message_stop"},
      {"streamGenerateContent", gemini,
       gemini_call("gemini-whoami", "streamGenerateContent?alt=sse"), "STOP"},
      {"streamGenerateContent, an array", gemini,
       gemini_call("gemini-whoami", "streamGenerateContent"), "STOP"},
      {"responses, streamed", openai,
       post("/v1/responses", R"({"model":"gpt-whoami","input":"who?","stream":true})"),
       "response.completed"},
      {"/ai/chat, streamed", openai, post(own, chat("gpt-whoami")), whole_own_stream},
      {"/ai/chat, claude streamed", anthropic, post(own, chat("claude-whoami")), whole_own_stream},
      {"/ai/chat, gemini streamed", gemini, post(own, chat("gemini-whoami")), whole_own_stream},
      {"completions, slow stream", openai, post(completions, chat(sse("gpt"))), whole_stream,
       Tells::key, 2, chunk_count},
      {"completions, slow claude stream", anthropic, post(completions, chat(sse("claude"))),
       whole_stream, Tells::nothing, 1, chunk_count},
      {"messages, slow stream", anthropic,
       post("/v1/messages", message(sse("claude"), true), version), "message_stop", Tells::key, 1,
       chunk_count},
      {"streamGenerateContent, slow stream", gemini,
       gemini_call(sse("gemini"), "streamGenerateContent?alt=sse"), "STOP", Tells::key, 1,
       chunk_count},
      {"/ai/chat, slow stream", openai, post(own, chat(sse("gpt"))), whole_own_stream,
       Tells::nothing, 2, chunk_count},
      {"/ai/chat, slow gemini stream", gemini, post(own, chat(sse("gemini"))), whole_own_stream,
       Tells::nothing, 1, chunk_count},
  };
}

std::vector<Call> large_bodies() {
  const std::string text(large, 'x');
  const std::string bytes = pattern(0, upload);
  const std::string echoed = "\"bodySha256\":\"" + sha256_hex(bytes) + "\"";
  const std::string file = "/v1/files/size-" + std::to_string(download) + "/content";
  return {
      {"completions, large", openai, post(completions, chat_body("gpt-whoami", text)), "\"usage\"",
       Tells::key, 1, 0, 200, Again::may_not},
      {"/ai/chat, large", openai, post(own, chat_body("gpt-whoami", text)), "\"usage\"", Tells::key,
       1},
      {"completions, large for claude", anthropic,
       post(completions, chat_body("claude-whoami", text)), "\"usage\"", Tells::key, 1},
      {"an upload", openai, post("/v1/files", bytes), echoed, Tells::key, 1, 0, 200,
       Again::may_not},
      {"an upload, chunked", openai, chunked(post("/v1/files", bytes)), echoed, Tells::key, 1, 0,
       200, Again::may_not},
      {"an upload that asks first", openai, post("/v1/files", bytes, {{"Expect", "100-continue"}}),
       echoed, Tells::key, 1, 0, 200, Again::may_not},
      {"a download", openai, get(file), "", Tells::key, 1, 0, 200, Again::may_go,
       sha256_hex(pattern(0, download))},
  };
}

std::vector<Call> others() {
  return {
      {"embeddings", openai,
       post("/v1/embeddings", R"({"model":"text-embedding-3-small","input":"a"})"),
       "\"embedding\":["},
      {"embeddings, gemini", gemini,
       post("/v1/embeddings", R"({"model":"gemini-embedding-001","input":"a"})"), "[0.5,-1,2]",
       Tells::nothing},
      {"/ai/embeddings", openai,
       post("/ai/embeddings", R"({"model":"text-embedding-3-small","input":["a","b"]})"),
       "[[0.5,-1,2],[0.5,-1,2]]", Tells::nothing},
      {"models", openai, get("/v1/models"), "gpt-4o-mini"},
      {"models, without a body",
       openai,
       {.method = "HEAD", .target = "/v1/models", .headers = {}, .body = {}},
       ""},
      {"models of Anthropic", anthropic, get("/v1/models", version), "claude-sonnet"},
      {"/ai/models", openai, get("/ai/models"), R"("provider":"openai")", Tells::nothing},
      {"count_tokens", anthropic,
       post("/v1/messages/count_tokens", message("claude-whoami", false), version), "input_tokens"},
      {"anything", openai, post("/openai/v1/anything", "{}"), "/v1/anything"},
      {"keys", openai, get("/ai/providers"), R"("provider":"openai")", Tells::nothing},
      {"usage", openai, get("/ai/usage"), "\"usage\"", Tells::nothing},
  };
}

Call refused(const std::string& name, Request request, int status) {
  return {name, openai, std::move(request), "", Tells::nothing, 1, 0, status};
}

std::vector<Call> refusals() {
  return {
      refused("no JSON", post(own, R"({"model":)"), 400),
      refused("a model of nobody", post(own, chat_body("nobody/s", who)), 400),
      refused("no such path", get("/ai/nothing"), 404),
      refused("another method", post("/ai/providers", "{}"), 405),
      refused("another's tenant", get("/ai/providers", {{"X-Byok-Tenant", "customer-x"}}), 403),
      refused("the operator's path", get("/admin/status"), 403),
      refused("too large a key",
              {.method = "PUT",
               .target = "/ai/providers/openai",
               .headers = {},
               .body = key_body(std::string(100'000, 'k'))},
              413),
  };
}

// Of a stream of such chunks: those that came.
int chunks_in(const std::string& body) {
  int count = 0;
  for (std::size_t at = body.find(" \""); at != body.npos; at = body.find(" \"", at + 1)) {
    if (at > 0 && body[at - 1] >= '0' && body[at - 1] <= '9') ++count;
  }
  return count;
}

void check(const Call& call, const Response& response, const std::vector<KeyDigest>& possible) {
  const bool may_have_none = std::ranges::find(possible, KeyDigest()) != possible.end();
  if (call.status == 200 && may_have_none && response.status == 422) return;
  expect(response, call.status, "answered");
  expect(response.body.find(call.holds) != std::string::npos, response, "no " + call.holds);
  if (response.header("content-type").starts_with("text/event-stream")) {
    expect(response.body.find("\"error\":") == std::string::npos, response, "a failed stream");
  }
  if (call.chunks > 0) {
    const int found = chunks_in(response.body);
    expect(found == call.chunks, response, std::to_string(found) + " chunks");
  }
  if (!call.sha256.empty()) expect(sha256_hex(response.body) == call.sha256, response, "bytes");
  if (call.tells == Tells::nothing) return;
  const bool right = std::ranges::any_of(
      possible, [&](const KeyDigest& key) { return !key.empty() && names(response, key); });
  expect(right, response, "made with another key, " + response.header("x-fake-key-sha256"));
}

void make(const Call& call, Stage& stage, Hand& hand) {
  Customer& customer = stage.any_customer(hand);
  Request request = call.request;
  const bool manages = request.target.starts_with("/ai/providers") || request.target == "/ai/usage";
  // As far as a token of scope chat reaches.
  const bool beyond = request.target.find("/files") != std::string::npos ||
                      request.target.find("/anything") != std::string::npos;
  const bool full = manages || beyond || hand.pick(2) == 0;
  const std::string& token = full ? customer.tenant.token : customer.tenant.chat_token;
  request.headers = bearer(token, std::move(request.headers));
  const std::int64_t begin = monotonic_us();
  Response response;
  try {
    response = hand.exchange(request);
  } catch (const ConnectionLost&) {
    if (call.again == Again::may_go || !stage.closings.touch(begin, monotonic_us())) throw;
    return;
  }
  const std::int64_t end = monotonic_us();
  const bool lost = response.status == 502 && call.again == Again::may_not;
  if (lost && stage.closings.touch(begin, end)) return;
  check(call, response, customer.history[call.provider].between(begin, end));
}

}  // namespace

std::vector<Kind> calls(Stage& stage) {
  std::vector<Kind> kinds;
  for (const auto& table : {whole_chats(), streams(), large_bodies(), others(), refusals()}) {
    for (const Call& call : table) {
      kinds.push_back(
          {call.name, [call, &stage](Hand& hand) { make(call, stage, hand); }, call.share});
    }
  }
  return kinds;
}

std::vector<Kind> probe(Stage& stage) {
  const Call chat = whole_chats().front();
  return {{"a chat every so often", [chat, &stage](Hand& hand) { make(chat, stage, hand); }}};
}

}  // namespace byok::testing::soak

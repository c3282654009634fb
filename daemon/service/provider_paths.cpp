#include "daemon/service/provider_paths.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include "daemon/providers/body_scan.hpp"
#include "daemon/providers/errors.hpp"
#include "daemon/providers/inference.hpp"
#include "daemon/service/asked_model.hpp"
#include "daemon/service/chat_completions.hpp"
#include "daemon/service/embeddings.hpp"
#include "daemon/service/pass_through.hpp"

namespace byok::service {
namespace {

using http1::FieldId;
using net::Awaitable;
using providers::Format;

bool is_or_under(std::string_view path, std::string_view root) {
  return path.starts_with(root) && (path.size() == root.size() || path[root.size()] == '/');
}

bool names_a_method(std::string_view last_segment) {
  return last_segment.find(':') != last_segment.npos ||
         last_segment.find("%3A") != last_segment.npos ||
         last_segment.find("%3a") != last_segment.npos;
}

constexpr std::string_view embeddings_path = "/v1/embeddings";

bool is_models(std::string_view path) { return is_or_under(path, "/v1/models"); }

// Named by the providers' SDKs as OpenAI's alone, whatever fields come with them.
bool is_openai_only(std::string_view path) {
  for (std::string_view root :
       {"/v1/chat/completions", "/v1/embeddings", "/v1/responses", "/v1/models"}) {
    if (is_or_under(path, root)) return true;
  }
  return false;
}

bool is_gemini(const http1::RequestHead& head) {
  std::string_view path = head.path;
  for (std::string_view root : {"/v1beta", "/v1alpha", "/upload", "/v1/interactions"}) {
    if (is_or_under(path, root)) return true;
  }
  if (!is_models(path)) return false;
  return names_a_method(path.substr(path.rfind('/'))) ||
         http1::find(head.fields, FieldId::x_goog_api_key) ||
         http1::find(head.fields, FieldId::x_goog_api_client) || !query_key(head.query).empty();
}

bool is_anthropic(const http1::RequestHead& head) {
  std::string_view path = head.path;
  if (is_or_under(path, "/v1/messages")) return true;
  bool versioned = http1::find(head.fields, FieldId::anthropic_version) != nullptr;
  if (is_models(path)) return versioned || http1::find(head.fields, FieldId::x_api_key);
  return versioned && !is_openai_only(path);
}

// `target` without the caller's credential in its query.
std::string without_key(std::string_view target) {
  std::size_t mark = target.find('?');
  if (mark == target.npos) return std::string(target);
  std::string kept;
  for (std::string_view rest = target.substr(mark + 1); !rest.empty();) {
    std::size_t end = rest.find('&');
    std::string_view pair = rest.substr(0, end);
    if (!pair.starts_with("key=") && pair != "key") {
      kept += kept.empty() ? "?" : "&";
      kept += pair;
    }
    rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
  }
  return std::string(target.substr(0, mark)) + kept;
}

// `body`, as `scan` has seen it, with `model` for the name that stands in it.
std::string with_model(std::string_view body, const providers::BodyScan& scan,
                       std::string_view model) {
  std::string quoted = boost::json::serialize(boost::json::string(model));
  std::string renamed(body.substr(0, scan.model_offset()));
  renamed.append(quoted, 1, quoted.size() - 2);
  return renamed.append(body.substr(scan.model_offset() + scan.model_length()));
}

// What of OpenAI's API is there for the models of others.
bool is_translated(const http1::RequestHead& head, Format format) {
  if (head.method != "POST") return false;
  return head.path == "/v1/chat/completions" ||
         (head.path == embeddings_path && format == Format::gemini);
}

Awaitable<Result<void>> translate(Worker& worker, Exchange& exchange, std::string_view body,
                                  ModelChoice choice) {
  if (exchange.head.path == embeddings_path) {
    return openai_embeddings(worker, exchange, body, choice);
  }
  return chat_completions(worker, exchange, body, choice);
}

// What the model in a body asks for.
struct ByModel {
  PassThrough call;
  std::optional<ModelChoice> translated;  // The model of another provider.
};

// As far as the body was read.
Result<ByModel> choose_by_model(const Catalog& catalog, const Exchange& exchange,
                                const ProviderPath& path, std::string_view body, bool whole,
                                const providers::BodyScan& scan) {
  ByModel chosen{{path.provider, path.target, body, whole}, {}};
  // What is no JSON, or names two models, is for the provider to refuse.
  bool malformed = scan.state() == providers::BodyScan::State::malformed;
  if (malformed || !scan.model_found()) return chosen;
  Result<ModelChoice> choice = catalog.choose(scan.model());
  if (!choice) return choice.error();
  if (choice->provider->format != Format::openai) {
    if (!is_translated(exchange.head, choice->provider->format)) {
      return Error{Errc::unsupported_parameter,
                   "'model' belongs to " + choice->provider->id.str() +
                       ": call that provider's own path, or POST /v1/chat/completions",
                   "model"};
    }
    chosen.translated = *choice;
    return chosen;
  }
  chosen.call.provider = choice->provider;
  chosen.call.model = choice->model;
  if (choice->model != scan.model()) {
    chosen.call.rewritten = with_model(body, scan, choice->model);
  }
  return chosen;
}

Error too_large_to_hold() {
  return {Errc::body_too_large,
          "byokd has to hold this body, and it is over limits.max_body: send less, or name the "
          "model first"};
}

// Reads into `held` until `enough` says so, or to the body's end. Whether that was reached.
template <class Enough>
Awaitable<Result<bool>> read_until(Exchange& exchange, std::uint64_t limit, std::string& held,
                                   Enough enough) {
  for (;;) {
    Result<std::string_view> piece = co_await exchange.read_piece();
    if (!piece) co_return piece.error();
    if (piece->empty()) co_return true;
    if (held.size() + piece->size() > limit) co_return too_large_to_hold();
    held += *piece;
    if (enough(*piece)) co_return false;
  }
}

// Where the body did not come with the head: reads it up to where its model is known, and to its
// end where it is to be translated.
Awaitable<Result<void>> read_and_serve_by_model(Worker& worker, Exchange& exchange,
                                                const ProviderPath& path) {
  using State = providers::BodyScan::State;
  const std::uint64_t limit = exchange.config->settings.limits.max_body;
  providers::BodyScan scan;
  std::string held;
  auto knows_model = [&scan](std::string_view piece) {
    return scan.feed(piece) != State::more || scan.model_found();
  };
  Result<bool> whole = co_await read_until(exchange, limit, held, knows_model);
  if (!whole) co_return whole.error();
  Result<ByModel> chosen =
      choose_by_model(exchange.config->catalog, exchange, path, held, *whole, scan);
  if (!chosen) co_return chosen.error();
  if (!chosen->translated) {
    co_return co_await pass_through(worker, exchange, std::move(chosen->call));
  }
  // The name of the model lies in `scan`.
  if (!*whole) {
    auto never = [](std::string_view) { return false; };
    whole = co_await read_until(exchange, limit, held, never);
    if (!whole) co_return whole.error();
  }
  co_return co_await translate(worker, exchange, held, *chosen->translated);
}

// `model` of the choice may be a view into what does not outlive this.
Awaitable<Result<void>> translate_at_hand(Worker& worker, Exchange& exchange, std::string_view body,
                                          providers::BodyScan scan) {
  Result<ModelChoice> choice = exchange.config->catalog.choose(scan.model());
  if (!choice) co_return choice.error();
  if (body.size() > exchange.config->settings.limits.max_body) co_return too_large_to_hold();
  co_return co_await translate(worker, exchange, body, *choice);
}

Awaitable<Result<void>> serve_by_model(Worker& worker, Exchange& exchange, const ProviderPath& path,
                                       std::string_view body) {
  providers::BodyScan scan;
  scan.feed(body);
  Result<ByModel> chosen =
      choose_by_model(exchange.config->catalog, exchange, path, body, true, scan);
  if (!chosen) return chosen.error();
  if (chosen->translated) return translate_at_hand(worker, exchange, body, scan);
  return pass_through(worker, exchange, std::move(chosen->call));
}

// Google's clients may have put the caller's credential into the target.
Awaitable<Result<void>> serve_without_key(Worker& worker, Exchange& exchange, std::string target,
                                          PassThrough call) {
  call.target = target;
  co_return co_await pass_through(worker, exchange, std::move(call));
}

// `body`: as much of it as has come, all of it where `whole`.
Awaitable<Result<void>> serve_as_called(Worker& worker, Exchange& exchange,
                                        const ProviderPath& path, std::string_view body,
                                        bool whole) {
  PassThrough call{path.provider, path.target, body, whole};
  call.model = model_in_path(call.path());
  if (call.model.empty() && may_name_a_model(exchange.head)) {
    if (whole) call.model = model_in_body(body);
    call.may_name_model = !whole;
  }
  if (path.provider->format == Format::gemini && path.target.find('?') != path.target.npos) {
    return serve_without_key(worker, exchange, without_key(path.target), std::move(call));
  }
  return pass_through(worker, exchange, std::move(call));
}

Awaitable<Result<void>> serve_whole(Worker& worker, Exchange& exchange, const ProviderPath& path,
                                    std::string_view body) {
  if (path.by_model) return serve_by_model(worker, exchange, path, body);
  return serve_as_called(worker, exchange, path, body, true);
}

// Up to this a body is read whole before the provider is called: it then goes out with the head at
// once, and once more where a kept connection turns out to be dead.
constexpr std::uint64_t most_gathered = 256 * 1024;

Awaitable<Result<void>> gather_and_serve(Worker& worker, Exchange& exchange,
                                         const ProviderPath& path) {
  Result<std::string_view> body = co_await exchange.read_body(most_gathered);
  if (!body) co_return body.error();
  co_return co_await serve_whole(worker, exchange, path, *body);
}

}  // namespace

std::string provider_error(const ProviderPath& path, const Error& error, int status,
                           std::string_view request_id) {
  return providers::error_body(path.provider->format, error, status, request_id);
}

std::string_view query_key(std::string_view query) {
  while (!query.empty()) {
    std::size_t end = query.find('&');
    std::string_view pair = query.substr(0, end);
    if (pair.starts_with("key=")) return pair.substr(4);
    if (end == query.npos) break;
    query.remove_prefix(end + 1);
  }
  return {};
}

std::optional<ProviderPath> find_provider_path(const Catalog& catalog,
                                               const http1::RequestHead& head) {
  if (is_gemini(head)) return ProviderPath{catalog.find("gemini"), head.target, false};
  if (is_or_under(head.path, "/v1")) {
    if (is_anthropic(head)) return ProviderPath{catalog.find("anthropic"), head.target, false};
    return ProviderPath{catalog.find("openai"), head.target, may_name_a_model(head)};
  }
  std::size_t slash = head.path.find('/', 1);
  if (slash == head.path.npos) return std::nullopt;
  const Provider* provider = catalog.find(head.path.substr(1, slash - 1));
  if (!provider) return std::nullopt;
  return ProviderPath{provider, head.target.substr(slash), false};
}

bool is_inference(const ProviderPath& path, std::string_view method) {
  if (method == "HEAD") method = "GET";
  return providers::is_inference(path.provider->format, method,
                                 path.target.substr(0, path.target.find('?')));
}

Awaitable<Result<void>> serve_provider_path(Worker& worker, Exchange& exchange,
                                            const ProviderPath& path) {
  Result<void> fits = limit_stream(exchange, exchange.config->settings.limits.max_stream_body);
  if (!fits) return fits.error();
  std::optional<std::string_view> body = exchange.body_at_hand();
  if (body) return serve_whole(worker, exchange, path, *body);
  const std::optional<std::uint64_t> length = exchange.head.content_length;
  const std::uint64_t most = std::min(most_gathered, exchange.config->settings.limits.max_body);
  if (length && *length <= most) return gather_and_serve(worker, exchange, path);
  if (path.by_model) return read_and_serve_by_model(worker, exchange, path);
  return serve_as_called(worker, exchange, path, {}, false);
}

}  // namespace byok::service

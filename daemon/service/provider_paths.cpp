#include "daemon/service/provider_paths.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include "daemon/providers/body_scan.hpp"
#include "daemon/providers/errors.hpp"
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

// Whether the body may be JSON that names a model. Many clients do not say what they send, so only
// what says that it is something else is left alone.
bool may_name_a_model(const http1::RequestHead& head) {
  if (!head.has_body() || http1::find(head.fields, FieldId::content_encoding)) return false;
  const http1::Field* type = http1::find(head.fields, FieldId::content_type);
  return !type || type->value.find("json") != std::string_view::npos ||
         type->value.starts_with("application/x-www-form-urlencoded") ||
         type->value.starts_with("text/plain");
}

// `body`, as `scan` has seen it, with `model` for the name that stands in it.
std::string with_model(std::string_view body, const providers::BodyScan& scan,
                       std::string_view model) {
  std::string quoted = boost::json::serialize(boost::json::string(model));
  std::string renamed(body.substr(0, scan.model_offset()));
  renamed.append(quoted, 1, quoted.size() - 2);
  return renamed.append(body.substr(scan.model_offset() + scan.model_length()));
}

// The call that the model in `body`, as far as it was read, asks for.
Result<PassThrough> choose_by_model(const Catalog& catalog, const ProviderPath& path,
                                    std::string_view body, bool whole,
                                    const providers::BodyScan& scan) {
  PassThrough call{path.provider, path.target, body, whole};
  // What is no JSON, or names two models, is for the provider to refuse.
  bool malformed = scan.state() == providers::BodyScan::State::malformed;
  if (malformed || !scan.model_found()) return call;
  Result<ModelChoice> choice = catalog.choose(scan.model());
  if (!choice) return choice.error();
  if (choice->provider->format != Format::openai) {
    return Error{Errc::unsupported_parameter,
                 "'model' belongs to " + choice->provider->id.str() +
                     ": call that provider's own path, or POST /ai/chat"};
  }
  call.provider = choice->provider;
  if (choice->model != scan.model()) call.rewritten = with_model(body, scan, choice->model);
  return call;
}

// Where the body did not come with the head: reads it up to where its model is known.
Awaitable<Result<void>> read_and_serve_by_model(Worker& worker, Exchange& exchange,
                                                const ProviderPath& path) {
  using State = providers::BodyScan::State;
  std::uint64_t limit = worker.shared.settings.limits.max_body;
  providers::BodyScan scan;
  std::string held;
  bool whole = false;
  while (!whole && !scan.model_found() && scan.state() == State::more) {
    Result<std::string_view> piece = co_await exchange.read_piece();
    if (!piece) co_return piece.error();
    if (held.size() + piece->size() > limit) {
      co_return Error{Errc::body_too_large,
                      "'model' must stand within the first limits.max_body bytes of the body"};
    }
    held += *piece;
    scan.feed(*piece);
    whole = piece->empty();
  }
  Result<PassThrough> call = choose_by_model(worker.shared.catalog, path, held, whole, scan);
  if (!call) co_return call.error();
  co_return co_await pass_through(worker, exchange, std::move(*call));
}

Awaitable<Result<void>> serve_by_model(Worker& worker, Exchange& exchange,
                                       const ProviderPath& path) {
  std::optional<std::string_view> body = exchange.body_at_hand();
  if (!body) return read_and_serve_by_model(worker, exchange, path);
  providers::BodyScan scan;
  scan.feed(*body);
  Result<PassThrough> call = choose_by_model(worker.shared.catalog, path, *body, true, scan);
  if (!call) return call.error();
  return pass_through(worker, exchange, std::move(*call));
}

// Google's clients may have put the caller's credential into the target.
Awaitable<Result<void>> serve_without_key(Worker& worker, Exchange& exchange, std::string target,
                                          PassThrough call) {
  call.target = target;
  co_return co_await pass_through(worker, exchange, std::move(call));
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

Awaitable<Result<void>> serve_provider_path(Worker& worker, Exchange& exchange,
                                            const ProviderPath& path) {
  Result<void> fits = limit_stream(exchange, worker.shared.settings.limits.max_stream_body);
  if (!fits) return fits.error();
  if (path.by_model) return serve_by_model(worker, exchange, path);
  std::optional<std::string_view> body = exchange.body_at_hand();
  PassThrough call{path.provider, path.target, body.value_or(std::string_view()), body.has_value()};
  if (path.provider->format == Format::gemini && path.target.find('?') != path.target.npos) {
    return serve_without_key(worker, exchange, without_key(path.target), std::move(call));
  }
  return pass_through(worker, exchange, std::move(call));
}

}  // namespace byok::service

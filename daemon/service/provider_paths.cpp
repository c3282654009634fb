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

// What has been read of a body, up to where its model is known.
struct Beginning {
  std::string held;       // where it did not come with the head
  std::string_view body;  // a view into `held`, or into what came with the head
  bool whole = false;
  providers::BodyScan scan;
};

Awaitable<Result<void>> read_beginning(Worker& worker, Exchange& exchange, Beginning& beginning) {
  using State = providers::BodyScan::State;
  if (auto body = exchange.body_at_hand()) {
    beginning.body = *body;
    beginning.whole = true;
    beginning.scan.feed(*body);
    co_return Result<void>();
  }
  std::uint64_t limit = worker.shared.settings.limits.max_body;
  while (!beginning.scan.model_found() && beginning.scan.state() == State::more) {
    Result<std::string_view> piece = co_await exchange.read_piece();
    if (!piece) co_return piece.error();
    if (piece->empty()) {
      beginning.whole = true;
      break;
    }
    if (beginning.held.size() + piece->size() > limit) {
      co_return Error{Errc::body_too_large,
                      "'model' must stand within the first limits.max_body bytes of the body"};
    }
    beginning.held += *piece;
    beginning.scan.feed(*piece);
  }
  beginning.body = beginning.held;
  co_return Result<void>();
}

// The body with `model` for the name that stands in it.
std::string with_model(const Beginning& beginning, std::string_view model) {
  std::string quoted = boost::json::serialize(boost::json::string(model));
  std::string body(beginning.body.substr(0, beginning.scan.model_offset()));
  body.append(quoted, 1, quoted.size() - 2);
  body += beginning.body.substr(beginning.scan.model_offset() + beginning.scan.model_length());
  return body;
}

Awaitable<Result<void>> serve_by_model(Worker& worker, Exchange& exchange,
                                       const ProviderPath& path) {
  Beginning beginning;
  Result<void> read = co_await read_beginning(worker, exchange, beginning);
  if (!read) co_return read.error();
  PassThrough call{*path.provider, path.target, beginning.body, beginning.whole};
  // What is no JSON, or names two models, is for the provider to refuse.
  bool malformed = beginning.scan.state() == providers::BodyScan::State::malformed;
  if (malformed || !beginning.scan.model_found()) {
    co_return co_await pass_through(worker, exchange, call);
  }
  Result<ModelChoice> choice = worker.shared.catalog.choose(beginning.scan.model());
  if (!choice) co_return choice.error();
  if (choice->provider->format != Format::openai) {
    co_return Error{Errc::unsupported_parameter,
                    "'model' belongs to " + choice->provider->id.str() +
                        ": call that provider's own path, or POST /ai/chat"};
  }
  PassThrough chosen{*choice->provider, call.target, call.body, call.body_is_whole};
  std::string renamed;
  if (choice->model != beginning.scan.model()) {
    renamed = with_model(beginning, choice->model);
    chosen.shortened_by = beginning.body.size() - renamed.size();
    chosen.body = renamed;
  }
  co_return co_await pass_through(worker, exchange, chosen);
}

}  // namespace

std::string provider_error(const ProviderPath& path, const Error& error, int status,
                           std::string_view request_id) {
  return providers::error_body(path.provider->format, error.code, status, error.message,
                               request_id);
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
  if (!fits) co_return fits.error();
  if (path.by_model) co_return co_await serve_by_model(worker, exchange, path);
  std::string target =
      path.provider->format == Format::gemini ? without_key(path.target) : std::string(path.target);
  std::optional<std::string_view> body = exchange.body_at_hand();
  PassThrough call{*path.provider, target, body.value_or(std::string_view()), body.has_value()};
  co_return co_await pass_through(worker, exchange, call);
}

}  // namespace byok::service

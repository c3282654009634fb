#include "cli/client.hpp"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>
#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

#include "cli/json.hpp"
#include "cli/json_output.hpp"
#include "cli/output.hpp"
#include "cli/text.hpp"
#include "common/version.hpp"

namespace byok::cli {
namespace {

const std::string& user_agent() {
  static const std::string text = fmt::format("byok/{}", version);
  return text;
}

bool succeeded(int status) { return status >= 200 && status < 300; }

// For an answer that names no code of ours, such as a proxy's.
Exit exit_of_status(int status) {
  if (status == 401 || status == 403) return Exit::unauthorized;
  return Exit::failed;
}

Secret bearer(const Secret& token) {
  constexpr std::string_view scheme = "Bearer ";
  if (token.empty()) return Secret(std::size_t{0});
  Secret value(scheme.size() + token.size());
  scheme.copy(value.data(), scheme.size());
  token.reveal().copy(value.data() + scheme.size(), token.size());
  return value;
}

// A portal, a proxy's page or another service may answer with 200 as well.
bool is_of_byokd(const HttpResponse& response) { return !response.request_id.empty(); }

// The API's advice is for whoever calls it; here there is a command for it.
std::string in_own_words(std::string message) {
  constexpr std::string_view bearer = "send it as 'Authorization: Bearer'";
  if (const std::size_t at = message.find(bearer); at != message.npos) {
    return message.replace(at, bearer.size(), "name its file with --token-file, or set BYOK_TOKEN");
  }
  constexpr std::string_view advice = "store one with PUT";
  constexpr std::string_view target = " /ai/providers/";
  const std::size_t at = message.find(advice);
  if (at == message.npos) return message;
  std::string provider = message.substr(at + advice.size());
  provider = provider.starts_with(target) ? provider.substr(target.size()) : "PROVIDER";
  return fmt::format("{}store one with `byok set {}`", message.substr(0, at), provider);
}

}  // namespace

Client::Client(HttpAddress address, HttpTlsFiles tls_files, std::optional<TenantId> tenant,
               const Secret& token)
    : http_(std::move(address)), tenant_(tenant), authorization_(bearer(token)) {
  http_.use_tls_files(std::move(tls_files));
}

Outcome<Client> Client::open(const Context& context) {
  auto address = choose_address(context);
  if (!address) return address.error();
  auto tls_files = choose_tls_files(context, *address);
  if (!tls_files) return tls_files.error();
  auto tenant = choose_tenant(context);
  if (!tenant) return tenant.error();
  auto token = choose_token(context);
  if (!token) return token.error();
  if (!address->is_private()) {
    context.warn(
        fmt::format("what is sent to {} can be read on the way: use https", address->str()));
  }
  return Client(std::move(*address), std::move(*tls_files), *tenant, *token);
}

HttpRequest Client::request(const Call& call) const {
  HttpRequest request;
  request.method = call.method;
  request.target = call.target;
  request.headers = {{"User-Agent", user_agent()}};
  if (!authorization_.empty()) {
    request.headers.push_back({"Authorization", authorization_.reveal()});
  }
  if (tenant_) request.headers.push_back({"X-Byok-Tenant", tenant_->view()});
  return request;
}

Outcome<Answer> Client::call(const Call& call, std::string_view body) {
  HttpRequest request = this->request(call);
  request.body = body;
  if (!body.empty()) request.headers.push_back({"Content-Type", "application/json"});
  auto response = http_.send(request);
  if (!response) return transport_failure(response.error(), call);
  if (!succeeded(response->status)) return api_failure(*response, call);
  auto json = parse_json(response->text());
  if (!json || !is_of_byokd(*response)) return no_api(call);
  return Answer{std::move(response->body), std::move(*json)};
}

Outcome<void> Client::stream(const Call& call, std::string_view body, const OnBytes& on_piece) {
  HttpRequest request = this->request(call);
  request.body = body;
  request.headers.push_back({"Content-Type", "application/json"});
  return receive(call, request, on_piece);
}

Outcome<void> Client::download(const Call& call, const OnBytes& on_piece) {
  return receive(call, request(call), on_piece);
}

Outcome<void> Client::upload(const Call& call, int fd, std::string_view media_type,
                             const OnBytes& on_piece) {
  HttpRequest request = this->request(call);
  request.body_fd = fd;
  request.headers.push_back({"Content-Type", media_type});
  return receive(call, request, on_piece);
}

Outcome<void> Client::receive(const Call& call, const HttpRequest& request,
                              const OnBytes& on_piece) {
  WipingBuffer refusal;
  auto response = http_.send(request, [&](const HttpResponse& answer, std::string_view piece) {
    if (!succeeded(answer.status)) {
      refusal.insert(refusal.end(), piece.begin(), piece.end());
    } else if (is_of_byokd(answer)) {
      on_piece(piece);
    }
  });
  if (!response) return transport_failure(response.error(), call);
  response->body = std::move(refusal);
  if (!succeeded(response->status)) return api_failure(*response, call);
  if (!is_of_byokd(*response)) return no_api(call);
  return {};
}

Failure Client::transport_failure(const HttpError& error, const Call& call) const {
  std::string where = http_.address().str();
  switch (error.failure) {
    case HttpFailure::unreachable:
      return {exit_of(error.failure),
              fmt::format("cannot reach byokd at {} ({}): see that it runs there and that you may "
                          "connect, or give another address with --addr",
                          where, error.message)};
    case HttpFailure::untrusted:
      return {exit_of(error.failure),
              fmt::format("cannot trust {}, {}: name the file of its authority with --ca-file or "
                          "in BYOK_CA_FILE",
                          where, error.message)};
    case HttpFailure::misnamed:
      return {exit_of(error.failure),
              fmt::format("cannot trust {}, {}: give byokd's address by a name that its "
                          "certificate is for with --addr",
                          where, error.message)};
    case HttpFailure::invalid:
      return {exit_of(error.failure),
              fmt::format("cannot trust {}, {}: give byokd another certificate in tls.cert, or set "
                          "the clock here",
                          where, error.message)};
    case HttpFailure::no_tls:
      return {exit_of(error.failure),
              fmt::format("cannot {} over TLS at {}, {}: give its http:// address with --addr, or "
                          "that of its TLS",
                          call.action, where, error.message)};
    case HttpFailure::disagreed:
      return {exit_of(error.failure),
              fmt::format("cannot {} at {}, {}: see that byokd answers there, and which "
                          "certificate --client-cert shows",
                          call.action, where, error.message)};
    case HttpFailure::unusable:
      return {exit_of(error.failure),
              fmt::format("cannot {}, {}: name another file with --ca-file, --client-cert or "
                          "--client-key",
                          call.action, error.message)};
    case HttpFailure::broken:
    case HttpFailure::timed_out:
      return {exit_of(error.failure),
              fmt::format("cannot {}, {}: look at the log of the byokd at {}, then try again",
                          call.action, error.message, where)};
    case HttpFailure::interrupted:
      break;
  }
  return {exit_of(error.failure), "interrupted"};
}

Failure Client::no_api(const Call& call) const {
  return {Exit::failed, fmt::format("cannot {}, what answers at {} is not byokd: give its address "
                                    "with --addr",
                                    call.action, http_.address().str())};
}

Failure Client::api_failure(const HttpResponse& response, const Call& call) const {
  auto json = parse_json(response.text());
  std::string code = json ? text_at(*json, "error") : "-";
  std::string message = json ? text_at(*json, "message") : "-";
  if (code == "-" || message == "-") {
    Failure failure = no_api(call);
    failure.exit = exit_of_status(response.status);
    return failure;
  }
  auto known = code_from_name(code);
  return {known ? exit_of(*known) : exit_of_status(response.status),
          fmt::format("cannot {} ({}): {}", call.action, code, in_own_words(message)), known};
}

Outcome<void> call_and_show(const Context& context, const Call& call, std::string_view body,
                            const std::function<void(const Answer&)>& show) {
  auto client = Client::open(context);
  if (!client) return client.error();
  auto answer = client->call(call, body);
  if (!answer) return answer.error();
  if (context.json) {
    print_json(answer->text());
  } else {
    show(*answer);
  }
  return {};
}

Outcome<void> call_pages_and_show(const Context& context, const Call& call, std::string_view list,
                                  const std::function<void(const boost::json::value&)>& show) {
  auto client = Client::open(context);
  if (!client) return client.error();
  boost::json::value whole;
  for (std::string next; next != "-";) {
    Call page = call;
    if (!next.empty()) {
      page.target += page.target.find('?') == std::string::npos ? "?after=" : "&after=";
      page.target += path_segment(next);
    }
    auto answer = client->call(page);
    if (!answer) return answer.error();
    // Pages come in order; what goes back would never end.
    const std::string after = text_at(answer->json, "next");
    if (after != "-" && after <= next) {
      return Failure{Exit::failed,
                     fmt::format("cannot {}, its pages do not go on: try again", call.action)};
    }
    if (context.json && next.empty() && after == "-") {
      print_json(answer->text());
      return {};
    }
    next = after;
    if (whole.is_null()) {
      whole = boost::json::value(answer->json, boost::json::storage_ptr());
      continue;
    }
    auto* object = whole.if_object();
    auto* sum = object ? object->if_contains(list) : nullptr;
    if (!sum || !sum->is_array()) break;
    for (const auto& each : list_at(answer->json, list)) sum->get_array().push_back(each);
  }
  if (auto* object = whole.if_object()) object->erase("next");
  if (context.json) {
    print_json(boost::json::serialize(whole));
  } else {
    show(whole);
  }
  return {};
}

std::string path_segment(std::string_view text) {
  return boost::urls::encode(text, boost::urls::unreserved_chars);
}

}  // namespace byok::cli

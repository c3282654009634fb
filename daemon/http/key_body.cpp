#include "daemon/http/key_body.hpp"

#include "common/provider_key.hpp"
#include "daemon/service/verify.hpp"

namespace byok::http {

namespace json = boost::json;

Result<std::optional<Secret>> key_in(const JsonBody& body) {
  if (auto known = body.only({"apiKey", "key"}); !known) return known.error();
  auto key = body.text("apiKey");
  if (!key) return key.error();
  auto alias = body.text("key");
  if (!alias) return alias.error();
  if (*key && *alias) {
    return Error{Errc::bad_request, "send 'apiKey' alone: 'key' is another name for it"};
  }
  if (!*key) key = alias;
  if (!*key) return std::optional<Secret>();
  Result<Secret> checked = check_key(**key);
  if (!checked) return checked.error();
  return std::optional<Secret>(std::move(*checked));
}

Result<Secret> required_key_in(const JsonBody& body) {
  Result<std::optional<Secret>> key = key_in(body);
  if (!key) return key.error();
  if (!*key) return Error{Errc::invalid_key, "the body must hold the key as 'apiKey'"};
  return std::move(**key);
}

net::Awaitable<Result<json::value>> ask_provider(service::Worker& worker,
                                                 service::Exchange& exchange,
                                                 const service::Provider& provider,
                                                 std::string_view key) {
  const auto verdict = co_await service::verify_key(worker, exchange, provider, key);
  switch (verdict) {
    case providers::KeyVerdict::valid:
      co_return json::value(true);
    case providers::KeyVerdict::restricted:
      co_return json::value("restricted");
    case providers::KeyVerdict::rejected:
      co_return Error{Errc::key_rejected,
                      provider.id.str() + " refuses this key: nothing was stored"};
    case providers::KeyVerdict::unknown:
      break;
  }
  co_return Error{
      Errc::provider_unreachable,
      provider.id.str() + " did not tell whether the key is good: nothing was stored, try again"};
}

store::KeyStatus status_by(const json::value& verified) {
  return verified.is_string() ? store::KeyStatus::restricted : store::KeyStatus::active;
}

}  // namespace byok::http

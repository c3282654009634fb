#include "daemon/http/key_body.hpp"

#include "common/provider_key.hpp"

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

Result<json::value> admit_key(const service::Provider& provider, providers::KeyVerdict verdict) {
  switch (verdict) {
    case providers::KeyVerdict::valid:
      return json::value(true);
    case providers::KeyVerdict::restricted:
      return json::value("restricted");
    case providers::KeyVerdict::rejected:
      return Error{Errc::key_rejected, provider.id.str() + " refuses this key: nothing was stored"};
    case providers::KeyVerdict::unknown:
      break;
  }
  return Error{Errc::provider_unreachable,
               provider.id.str() +
                   " did not tell whether the key is good: nothing was stored, "
                   "try again"};
}

}  // namespace byok::http

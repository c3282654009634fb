// A request's small JSON body: one object or refused, as any parser sees it; what is asked of it is
// there or an error; and a secret in it leaves no trace on the heap, whatever stands beside it.
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <string>
#include <string_view>

#include "daemon/http/json_body.hpp"
#include "daemon/http/token_order.hpp"
#include "tests/fuzz/freed_memory.hpp"
#include "tests/fuzz/support.hpp"

using namespace byok;
using fuzz::require;
using http::JsonBody;
namespace json = boost::json;

namespace {

constexpr std::string_view secret = "0vT3xKq9LmZr7Yb2";

void check_members(const JsonBody& body) {
  for (const auto& [name, value] : body.members()) {
    const std::string_view key = name;
    const bool absent = value.is_null();
    const auto text = body.text(key);
    require(text.has_value() == (absent || value.is_string()));
    if (text && *text) require(**text == std::string_view(value.get_string()));
    const auto flag = body.boolean(key);
    require(flag.has_value() == (absent || value.is_bool()));
    if (flag && *flag) require(**flag == value.get_bool());
    const auto object = body.object(key);
    require(object.has_value() == (absent || value.is_object()));
    if (object) require((*object == nullptr) == absent);
  }
  require(body.only({}).has_value() == body.members().empty());
}

void check_token_order(const json::object& object) {
  const auto order = http::token_order(object);
  if (!order) return;
  require(order->name.size() <= service::longest_token_name);
  require(order->expires_at >= 0);
}

void check(std::string_view text) {
  json::error_code failure;
  const json::value plain = json::parse(text.empty() ? "{}" : text, failure);
  const bool is_object = !failure && plain.is_object();
  const auto body = JsonBody::parse(text);
  require(body.has_value() == is_object);
  if (!body) return;
  // As texts, since a zero with a large exponent is parsed as NaN, which is equal to none.
  require(json::serialize(body->members()) == json::serialize(plain.get_object()));
  check_members(*body);
  check_token_order(body->members());
}

void check_wiped(std::string_view text) {
  // The value of a member behind all others.
  std::string with_secret(text.substr(0, text.rfind('}')));
  with_secret += with_secret.ends_with('{') ? "" : ",";
  with_secret.append(R"("apiKey":")").append(secret).append("\"}");
  const fuzz::NoneFreed watch(secret);
  (void)JsonBody::parse(text);
  (void)JsonBody::parse(with_secret);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::view(data, size);
  if (size > http::longest_small_body) return 0;
  check(text);
  check_wiped(text);
  return 0;
}

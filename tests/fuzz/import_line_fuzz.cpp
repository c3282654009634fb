// Lines of an import: what is accepted is what its members say, and is accepted as the same when it
// is written anew; what is refused is not repeated; no key is left on the heap.
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "common/provider_key.hpp"
#include "daemon/http/import_line.hpp"
#include "tests/fuzz/freed_memory.hpp"
#include "tests/fuzz/support.hpp"

using namespace byok;
using fuzz::require;
namespace json = boost::json;

namespace {

constexpr std::string_view secret = "0vT3xKq9LmZr7Yb2";

const service::Catalog& catalog() {
  static const service::Catalog made = [] {
    std::vector<service::Provider> all;
    for (const std::string_view id : {"openai", "anthropic"}) {
      all.push_back(
          {*ProviderId::parse(id), providers::Format::openai, {}, "authorization", "Bearer ", {}});
    }
    return service::Catalog(std::move(all), {});
  }();
  return made;
}

std::string written(const service::ImportLine& line) {
  json::object object{{"tenant", line.tenant.view()}};
  if (line.provider) object["provider"] = line.provider->view();
  if (line.key) object["apiKey"] = line.key->reveal();
  if (line.token) {
    object["token"] = {{"name", line.token->name}, {"scope", scope_name(line.token->scope)}};
  }
  return json::serialize(object);
}

void check_accepted(const service::ImportLine& line) {
  require(TenantId::parse(line.tenant.view()).has_value());
  require(line.provider.has_value() == line.key.has_value());
  if (line.provider) require(catalog().find(line.provider->view()) != nullptr);
  if (line.key) require(check_key(line.key->reveal()).has_value());
  if (line.token) {
    require(line.token->scope != Scope::admin);
    require(service::check_token_name(line.token->name).has_value());
  }
  const auto again = http::parse_import_line(catalog(), written(line));
  require(again && again->tenant == line.tenant && again->provider == line.provider);
  require(again->key.has_value() == line.key.has_value());
  if (line.key) require(again->key->reveal() == line.key->reveal());
  require(again->token.has_value() == line.token.has_value());
  if (line.token) {
    require(again->token->name == line.token->name && again->token->scope == line.token->scope);
  }
}

// A token may be called what looks like a key, and its name is no secret. Of a refused line nobody
// can tell what was meant as a name.
bool names_a_token_so(const Result<service::ImportLine>& line, std::string_view text) {
  if (!line) {
    return text.find("token") != std::string_view::npos ||
           text.find('\\') != std::string_view::npos;
  }
  return line->token && line->token->name.find(secret) != std::string::npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::view(data, size);
  if (size > http::longest_import_line) return 0;
  const auto line = http::parse_import_line(catalog(), text);
  if (line) {
    check_accepted(*line);
  } else {
    require(!line.error().message().empty());
    require(line.error().message().find(secret) == std::string::npos);
  }
  if (names_a_token_so(line, text)) return 0;
  const fuzz::NoneFreed watch(secret);
  (void)http::parse_import_line(catalog(), text);
  return 0;
}

// Short texts that callers and operators write: ids, tokens, keys, times, addresses, queries. What
// is accepted is what it is said to be, and comes back when it is written anew.
#include <fuzzer/FuzzedDataProvider.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "common/encoding.hpp"
#include "common/http_address.hpp"
#include "common/ids.hpp"
#include "common/provider_key.hpp"
#include "common/time.hpp"
#include "common/token.hpp"
#include "daemon/http/query.hpp"
#include "tests/fuzz/repeatable_random.hpp"
#include "tests/fuzz/support.hpp"

using namespace byok;
using fuzz::require;

namespace {

bool is_id_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

void check_ids(std::string_view text) {
  if (const auto tenant = TenantId::parse(text)) {
    require(tenant->view() == text && !text.empty() && text.size() <= 63);
    require(std::ranges::all_of(text, is_id_char) && text[0] != '.' && text[0] != '-');
  }
  if (const auto provider = ProviderId::parse(text)) {
    require(provider->view() == text && TenantId::parse(text).has_value());
    require(text.size() <= 32 && text != "admin" && text != "v1");
  }
  if (const auto key = check_key(text)) {
    const std::string_view inside = key->reveal();
    require(text.find(inside) != text.npos && inside.size() >= 8 && inside.size() <= 4096);
    require(std::ranges::all_of(inside, [](char c) { return c > ' ' && c < '\x7f'; }));
  }
}

void check_tokens(FuzzedDataProvider& choices, std::string_view text) {
  if (const auto scope = token_scope(text)) {
    require(text.starts_with(*scope == Scope::full   ? "byok_"
                             : *scope == Scope::chat ? "byokchat_"
                                                     : "byokadmin_"));
  }
  fuzz::repeat_random();
  const Scope scope = choices.PickValueInArray({Scope::full, Scope::chat, Scope::admin});
  const Secret token = make_token(scope);
  require(token_scope(token.reveal()) == scope);
  require(scope_from_name(scope_name(scope)) == scope);
  // The checksum sees any one character that was mistyped.
  std::string mistyped(token.reveal());
  char& c = mistyped[choices.ConsumeIntegralInRange<std::size_t>(0, mistyped.size() - 1)];
  const char other = choices.ConsumeIntegral<char>();
  if (c == other) return;
  c = other;
  require(!token_scope(mistyped));
}

void check_times(FuzzedDataProvider& choices, std::string_view text) {
  if (const auto day = parse_date(text)) require(to_date(*day) == text);
  if (const auto duration = parse_duration(text)) {
    require(duration->count() >= 0 && duration->count() <= std::int64_t{100} * 365 * 86'400'000);
  }
  const auto time = choices.ConsumeIntegral<UnixTime>();
  require(to_rfc3339(time).ends_with('Z'));
  const auto day = choices.ConsumeIntegralInRange<Day>(0, 2'900'000);
  require(parse_date(to_date(day)) == day);
  require(day_of(UnixTime{day} * 86'400 + 86'399) == day);
}

void check_encodings(std::string_view text) {
  if (!text.empty()) {
    const auto back = from_base64(to_base64(text));
    require(back && back->reveal() == text);
  }
  if (const auto bytes = from_base64(text)) {
    const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
    require(bytes->size() == text.size() / 4 * 3 - padding);
  }
  require(to_hex(text).size() == text.size() * 2);
}

void check_address(std::string_view text) {
  const auto address = HttpAddress::parse(text);
  if (!address) {
    require(!address.error().message().empty());
    return;
  }
  const auto again = HttpAddress::parse(address->str());
  require(again && again->kind == address->kind && again->host == address->host &&
          again->port == address->port);
  require(address->authority().find('\n') == std::string::npos);
}

void check_query(std::string_view text) {
  for (const std::string_view name : {"limit", "after", "a"}) {
    const std::string_view value = http::query_value(text, name);
    require(value.find('&') == value.npos && text.find(value) != text.npos);
  }
  if (const auto paging = http::paging_in(text)) {
    require(paging->most >= 1 && paging->most <= 1000);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::view(data, size);
  FuzzedDataProvider choices(data, size);
  check_ids(text);
  check_tokens(choices, text);
  check_times(choices, text);
  check_encodings(text);
  check_address(text);
  check_query(text);
  return 0;
}

// What lies in the database. Whatever it is: what is taken for a record of ours is written back as
// it was read, and nothing opens but what the vault sealed for that very place. And what is
// written, of whatever content, is read back.
#include <fuzzer/FuzzedDataProvider.h>

#include <string>
#include <string_view>

#include "daemon/store/records.hpp"
#include "daemon/vault/envelope.hpp"
#include "tests/fuzz/known_records.hpp"
#include "tests/fuzz/repeatable_random.hpp"
#include "tests/fuzz/support.hpp"

using namespace byok;
using fuzz::require;

namespace {

template <class Decode>
void check_decoder(std::string_view bytes, Decode decode) {
  if (const auto record = decode(bytes)) require(encode(*record) == bytes);
}

void check_envelope(vault::Kind kind, std::string_view bytes) {
  const std::optional<vault::Envelope> envelope = vault::parse_envelope(kind, bytes);
  if (!envelope) return;
  const std::size_t head = kind == vault::Kind::dek ? 22 : 30;
  std::string rest;
  for (std::string_view part : {envelope->salt, envelope->nonce, envelope->ciphertext,
                                envelope->tag, envelope->commitment}) {
    rest += part;
  }
  require(bytes.substr(head) == rest);
}

void check_forgery(const fuzz::KnownRecords& known, std::string_view bytes) {
  (void)vault::peek_key_header(bytes);
  (void)vault::peek_dek_created_at(bytes);
  const auto opened = known.vault.open(known.dek, known.place, bytes);
  require(opened.has_value() == (bytes == known.sealed));
  if (opened) require(opened->reveal() == known.secret);
  const auto unwrapped = known.vault.unwrap(known.place.tenant, known.place.dek_version, bytes);
  require(unwrapped.has_value() == (bytes == known.wrapped));
  const auto verified = known.vault.verify(known.sub_database, known.key, bytes);
  require(verified.has_value() == (bytes == known.authenticated));
  if (verified) require(*verified == known.tenant);
}

// A name of what ids may hold.
std::string some_name(FuzzedDataProvider& choices, std::size_t longest) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz0123456789-";
  std::string name = "p";
  for (const char c : choices.ConsumeRandomLengthString(longest - 1)) {
    name += letters[static_cast<unsigned char>(c) % letters.size()];
  }
  return name;
}

void check_tenant(FuzzedDataProvider& choices) {
  store::TenantRecord record;
  record.created_at = choices.ConsumeIntegral<UnixTime>();
  record.global_fallback = choices.ConsumeBool();
  record.dek_counter = choices.ConsumeIntegral<std::uint64_t>();
  for (int i = choices.ConsumeIntegralInRange(0, 12); i > 0; --i) {
    record.keys.push_back(
        {*ProviderId::parse(some_name(choices, 32)), choices.ConsumeIntegral<std::uint64_t>()});
  }
  const auto back = store::decode_tenant(encode(record));
  require(back && back->created_at == record.created_at &&
          back->global_fallback == record.global_fallback &&
          back->dek_counter == record.dek_counter && back->keys.size() == record.keys.size());
  for (std::size_t i = 0; i < record.keys.size(); ++i) {
    require(back->keys[i].provider == record.keys[i].provider &&
            back->keys[i].dek_version == record.keys[i].dek_version);
  }
}

void check_token(FuzzedDataProvider& choices) {
  store::TokenRecord record;
  record.id = choices.ConsumeRandomLengthString(255);
  record.name = choices.ConsumeRandomLengthString(2000);
  if (choices.ConsumeBool()) record.tenant = *TenantId::parse(some_name(choices, 63));
  record.scope = choices.PickValueInArray({Scope::full, Scope::chat, Scope::admin});
  record.created_at = choices.ConsumeIntegral<UnixTime>();
  record.expires_at = choices.ConsumeIntegral<UnixTime>();
  const auto back = store::decode_token(encode(record));
  require(back && back->id == record.id && back->name == record.name &&
          back->tenant == record.tenant && back->scope == record.scope &&
          back->created_at == record.created_at && back->expires_at == record.expires_at);
}

void check_usage(FuzzedDataProvider& choices) {
  store::UsageRow row;
  row.day = choices.ConsumeIntegral<Day>();
  row.provider = *ProviderId::parse(some_name(choices, 32));
  row.model = choices.ConsumeRandomLengthString(300);
  std::erase(row.model, '\0');
  row.source = choices.ConsumeBool() ? store::KeySource::tenant : store::KeySource::global;
  const auto back = store::decode_usage_row(encode(row));
  require(back && back->day == row.day && back->provider == row.provider &&
          back->model == row.model && back->source == row.source);
  require(encode(row) >= store::usage_rows_from(row.day));
}

// What is sealed opens in its place, in no other, and with no bit changed.
void check_sealing(const fuzz::KnownRecords& known, FuzzedDataProvider& choices) {
  fuzz::repeat_random();
  const vault::KeyPlace place{*TenantId::parse(some_name(choices, 63)),
                              *ProviderId::parse(some_name(choices, 32)),
                              choices.ConsumeIntegral<std::uint64_t>()};
  const vault::KeyHeader header{place.dek_version, choices.ConsumeIntegral<UnixTime>(),
                                choices.ConsumeIntegral<UnixTime>()};
  const std::string secret = choices.ConsumeRandomLengthString(300);
  std::string record = known.vault.seal(known.dek, place, header, secret);
  const auto opened = known.vault.open(known.dek, place, record);
  require(opened && opened->reveal() == secret);
  const auto peeked = vault::peek_key_header(record);
  require(peeked && peeked->dek_version == header.dek_version && peeked->set_at == header.set_at &&
          peeked->rotated_at == header.rotated_at);
  require(!known.vault.open(known.dek, known.place, record));
  char& byte = record[choices.ConsumeIntegralInRange<std::size_t>(0, record.size() - 1)];
  byte = static_cast<char>(byte ^ (1 << choices.ConsumeIntegralInRange(0, 7)));
  require(!known.vault.open(known.dek, place, record));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::KnownRecords known;
  const std::string_view bytes = fuzz::view(data, size);
  check_decoder(bytes, store::decode_tenant);
  check_decoder(bytes, store::decode_token);
  check_decoder(bytes, store::decode_link);
  check_decoder(bytes, store::decode_key_state);
  check_decoder(bytes, store::decode_usage_row);
  check_decoder(bytes, store::decode_usage_counts);
  check_envelope(vault::Kind::dek, bytes);
  check_envelope(vault::Kind::key, bytes);
  check_forgery(known, bytes);

  FuzzedDataProvider choices(data, size);
  check_tenant(choices);
  check_token(choices);
  check_usage(choices);
  check_sealing(known, choices);
  return 0;
}

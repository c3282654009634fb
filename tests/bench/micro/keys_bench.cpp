// From a caller's token to the opened provider key, as each call does it, beside what the pieces
// cost by themselves on this machine.
#include <benchmark/benchmark.h>
#include <lmdb.h>

#include <future>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "common/crypto.hpp"
#include "daemon/service/provider_keys.hpp"
#include "daemon/service/tokens.hpp"
#include "daemon/store/writer.hpp"
#include "tests/bench/open_key.hpp"
#include "tests/support/temp_folder.hpp"

using namespace byok;

namespace {

const ProviderId openai = ProviderId::parse("openai").value();

// A database with as many tenants, each with a key and a token.
class Tenants {
 public:
  explicit Tenants(std::size_t count) {
    environment_ =
        std::move(*store::Environment::open(folder_ / "data.mdb", std::uint64_t{8} << 30));
    constexpr std::size_t at_once = 1'000;
    store::Writer writer(*environment_);
    for (std::size_t first = 0; first < count; first += at_once) {
      std::promise<Result<void>> done;
      writer.submit([&](store::WriteTxn& txn) { return add(txn, first, at_once); },
                    [&](Result<void> outcome) { done.set_value(outcome); });
      if (!done.get_future().get()) throw std::runtime_error("the store refused a tenant");
    }
    reader_ = std::make_unique<store::Reader>(*environment_);
  }

  Secret open(std::string_view token) {
    return bench::open_key_of(token, *reader_, vault_, openai);
  }
  const std::string& token(std::size_t i) const { return tokens_[i % tokens_.size()]; }

 private:
  Result<void> add(store::WriteTxn& txn, std::size_t first, std::size_t count) {
    tokens_.resize(first);
    for (std::size_t i = first; i < first + count; ++i) {
      const TenantId id = TenantId::parse("tenant-" + std::to_string(i)).value();
      store::TenantEdit edit = txn.edit(id);
      store::TenantRecord record;
      record.created_at = now();
      service::store_key(vault_, edit, record, openai, "sk-proj-0123456789abcdef0123456789abcdef",
                         now(), 0);
      service::save_tenant(vault_, edit, record);
      const service::PreparedToken made = service::prepare_token(id, {});
      edit.put_token(made.hash, made.record.id,
                     service::seal_token(vault_, made.hash, made.record));
      tokens_.emplace_back(made.text.reveal());
    }
    return {};
  }

  byok::testing::TempFolder folder_;
  vault::Vault vault_{vault::RootKey(Secret(std::string(crypto::key_size, 'r'))),
                      vault::make_database_id()};
  std::unique_ptr<store::Environment> environment_;
  std::unique_ptr<store::Reader> reader_;
  std::vector<std::string> tokens_;
};

void token_to_opened_key(benchmark::State& state) {
  // Made once, however often this is called to find out how long it takes.
  static std::map<std::int64_t, std::unique_ptr<Tenants>> all;
  std::unique_ptr<Tenants>& made = all[state.range(0)];
  if (!made) made = std::make_unique<Tenants>(static_cast<std::size_t>(state.range(0)));
  Tenants& tenants = *made;
  std::minstd_rand random(1);
  for (auto _ : state) {
    benchmark::DoNotOptimize(tenants.open(tenants.token(random())).size());
  }
}
BENCHMARK(token_to_opened_key)->Arg(1'000)->Arg(100'000)->Arg(1'000'000);

void sha256_of_a_token(benchmark::State& state) {
  const std::string token(48, 't');
  for (auto _ : state) benchmark::DoNotOptimize(crypto::sha256(token));
}
BENCHMARK(sha256_of_a_token);

void hmac_of_a_record(benchmark::State& state) {
  const crypto::HmacSha256 key(std::string(32, 'k'));
  const std::string record(64, 'r');
  for (auto _ : state) benchmark::DoNotOptimize(key.of({record}));
}
BENCHMARK(hmac_of_a_record);

template <class Hkdf>
void hkdf_of_a_message(benchmark::State& state) {
  const Hkdf key(std::string(32, 'k'));
  const std::string info(43, 'i');
  for (auto _ : state) benchmark::DoNotOptimize(key.expand({info}));
}
BENCHMARK(hkdf_of_a_message<crypto::HkdfSha256>);
BENCHMARK(hkdf_of_a_message<crypto::HkdfSha512>);

void gcm_open_of_a_key(benchmark::State& state) {
  const std::string key(crypto::key_size, 'k'), nonce(crypto::nonce_size, 'n');
  std::string text(60, 't'), sealed(60, ' '), tag(crypto::tag_size, ' ');
  crypto::gcm_seal(key, nonce, "", text, sealed.data(), tag.data());
  for (auto _ : state) {
    benchmark::DoNotOptimize(crypto::gcm_open(key, nonce, "", sealed, tag, text.data()));
  }
}
BENCHMARK(gcm_open_of_a_key);

// One of a million records of 200 bytes by LMDB itself, with a reader that is reset and renewed.
void lmdb_random_get(benchmark::State& state) {
  byok::testing::TempFolder folder;
  MDB_env* env = nullptr;
  mdb_env_create(&env);
  mdb_env_set_mapsize(env, std::size_t{1} << 30);
  const auto check = [](int code) {
    if (code != 0) throw std::runtime_error(mdb_strerror(code));
  };
  check(mdb_env_open(env, (folder / "floor.mdb").c_str(), MDB_NOSUBDIR | MDB_NOSYNC, 0600));
  MDB_txn* txn = nullptr;
  MDB_dbi table = 0;
  check(mdb_txn_begin(env, nullptr, 0, &txn));
  check(mdb_dbi_open(txn, nullptr, 0, &table));
  std::string record(200, 'r');
  const auto key_of = [](std::uint64_t i) { return crypto::sha256(std::to_string(i)); };
  constexpr std::uint64_t count = 1'000'000;
  for (std::uint64_t i = 0; i < count; ++i) {
    auto key = key_of(i);
    MDB_val k{key.size(), key.data()}, v{record.size(), record.data()};
    check(mdb_put(txn, table, &k, &v, 0));
  }
  check(mdb_txn_commit(txn));
  check(mdb_txn_begin(env, nullptr, MDB_RDONLY, &txn));
  std::vector<crypto::Digest> keys;
  std::minstd_rand random(1);
  for (int i = 0; i < 100'000; ++i) keys.push_back(key_of(random() % count));
  std::size_t at = 0;
  for (auto _ : state) {
    mdb_txn_reset(txn);
    mdb_txn_renew(txn);
    crypto::Digest& key = keys[at++ % keys.size()];
    MDB_val k{key.size(), key.data()}, v{};
    benchmark::DoNotOptimize(mdb_get(txn, table, &k, &v));
  }
  mdb_txn_abort(txn);
  mdb_env_close(env);
}
BENCHMARK(lmdb_random_get);

}  // namespace

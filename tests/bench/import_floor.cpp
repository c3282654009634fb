// What LMDB by itself takes for the records of an import: as many puts of the same sizes, in the
// same order, as many tenants to a durable transaction, and nothing sealed, parsed or answered.
//
//   bench_import_floor FOLDER TENANTS
//
// Makes FOLDER/floor.mdb and removes it. Prints one JSON object.
#include <fmt/format.h>
#include <lmdb.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

#include "daemon/service/import.hpp"
#include "tests/bench/workload.hpp"

namespace byok::bench {
namespace {

void check(int code) {
  if (code != 0) throw std::runtime_error(mdb_strerror(code));
}

// The sub-databases that a tenant with one key and one token goes into, with the sizes of what lies
// in them for the benchmark's tenants (daemon/vault/envelope.cpp, daemon/store/records.cpp).
struct Table {
  const char* name;
  std::size_t value_size;
};
constexpr std::array<Table, 6> tables = {{
    {"tenants", 79},
    {"nr_tenant_provider_keys", 187},
    {"deks", 146},
    {"tokens", 103},
    {"tokens_by_tenant", 32},
    {"tokens_by_id", 32},
}};

// As random as a hash, and the same everywhere.
std::string random_bytes(std::uint64_t seed, std::size_t size) {
  std::string bytes;
  for (std::uint64_t at = seed; bytes.size() < size;) {
    at = mix(at + 0x9e3779b97f4a7c15ULL);
    append_hex(bytes, at, 16);
  }
  bytes.resize(size);
  return bytes;
}

void put_tenant(MDB_txn* txn, const std::array<MDB_dbi, tables.size()>& dbis,
                std::uint64_t number) {
  const std::string tenant = "tenant-" + std::to_string(number) + '\0';
  const std::string token_id = "tok_" + random_bytes(2 * number + 1, 16);
  const std::array<std::string, tables.size()> keys = {
      tenant.substr(0, tenant.size() - 1), tenant + "openai", tenant + std::string(7, '\0') + '\1',
      random_bytes(2 * number, 32),        tenant + token_id, token_id};
  for (std::size_t i = 0; i < tables.size(); ++i) {
    std::string key = keys[i];
    std::string value(tables[i].value_size, static_cast<char>(number));
    MDB_val k{key.size(), key.data()};
    MDB_val v{value.size(), value.data()};
    check(mdb_put(txn, dbis[i], &k, &v, 0));
  }
}

void run(const std::filesystem::path& folder, std::uint64_t tenants) {
  const std::filesystem::path file = folder / "floor.mdb";
  const auto remove = [&file] {
    std::filesystem::remove(file);
    std::filesystem::remove(file.native() + "-lock");
  };
  remove();
  MDB_env* env = nullptr;
  check(mdb_env_create(&env));
  check(mdb_env_set_mapsize(env, std::size_t{1} << 40));
  check(mdb_env_set_maxdbs(env, tables.size()));
  check(mdb_env_open(env, file.c_str(), MDB_NOSUBDIR, 0600));
  std::array<MDB_dbi, tables.size()> dbis{};
  const std::uint64_t begin = now_ns();
  for (std::uint64_t first = 0; first < tenants; first += service::import_batch) {
    MDB_txn* txn = nullptr;
    check(mdb_txn_begin(env, nullptr, 0, &txn));
    for (std::size_t i = 0; first == 0 && i < tables.size(); ++i) {
      check(mdb_dbi_open(txn, tables[i].name, MDB_CREATE, &dbis[i]));
    }
    for (std::uint64_t i = first; i < std::min(first + service::import_batch, tenants); ++i) {
      put_tenant(txn, dbis, i);
    }
    check(mdb_txn_commit(txn));
  }
  const double took = static_cast<double>(now_ns() - begin) / 1e9;
  mdb_env_close(env);
  remove();
  fmt::print("{{\"seconds\":{:.3f},\"per_s\":{:.0f}}}\n", took,
             static_cast<double>(tenants) / took);
}

}  // namespace
}  // namespace byok::bench

int main(int count, char** arguments) {
  try {
    if (count != 3) throw std::invalid_argument("two words");
    byok::bench::run(arguments[1], std::stoull(arguments[2]));
  } catch (const std::logic_error&) {
    std::fputs("usage: bench_import_floor FOLDER TENANTS\n", stderr);
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_import_floor: %s\n", error.what());
    return 1;
  }
}

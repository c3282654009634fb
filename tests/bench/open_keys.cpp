// How long it takes to get from a caller's token to the opened provider key, in the database of a
// byokd that is stopped: a tenant after another in random order, all of them once before it counts.
//
//   bench_open_keys STATE_DIR ROOT_KEY_FILE TOKENS SECONDS
//
// TOKENS holds a token a line, and what stands behind a space there is passed over. Prints one JSON
// object.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "daemon/vault/root_key_file.hpp"
#include "tests/bench/open_key.hpp"
#include "tests/bench/workload.hpp"

namespace byok::bench {
namespace {

std::vector<std::string> read_tokens(const std::string& file) {
  std::ifstream in(file);
  std::vector<std::string> tokens;
  for (std::string line; std::getline(in, line);) tokens.push_back(line.substr(0, line.find(' ')));
  if (tokens.empty()) throw std::runtime_error("no tokens in " + file);
  std::shuffle(tokens.begin(), tokens.end(), std::minstd_rand(1));
  return tokens;
}

vault::DatabaseId database_id(store::Reader& reader) {
  const store::ReadTxn txn = reader.begin();
  const auto bytes = txn.meta("database-id");
  vault::DatabaseId id{};
  if (!bytes || bytes->size() != id.size()) throw std::runtime_error("a database without an id");
  std::copy(bytes->begin(), bytes->end(), id.begin());
  return id;
}

template <class T>
T take(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message());
  return std::move(*result);
}

void run(const std::string& state, const std::string& root_key, const std::string& tokens_file,
         std::uint64_t seconds) {
  constexpr std::uint64_t map_size = std::uint64_t{1} << 40;
  const auto environment = take(store::Environment::open(state + "/data.mdb", map_size));
  store::Reader reader(*environment);
  const vault::Vault vault(take(vault::load_root_key_file(root_key)), database_id(reader));
  const ProviderId provider = take(ProviderId::parse("openai"));
  const std::vector<std::string> tokens = read_tokens(tokens_file);
  for (const std::string& token : tokens) open_key_of(token, reader, vault, provider);

  const std::uint64_t begin = now_ns();
  const std::uint64_t end = begin + seconds * 1'000'000'000;
  std::uint64_t opened = 0;
  std::uint64_t now = begin;
  for (; now < end; now = now_ns()) {
    for (const std::string& token : tokens) open_key_of(token, reader, vault, provider);
    opened += tokens.size();
  }
  fmt::print("{{\"opened\":{},\"ns\":{}}}\n", opened, (now - begin) / opened);
}

}  // namespace
}  // namespace byok::bench

int main(int count, char** arguments) {
  try {
    if (count != 5) throw std::invalid_argument("four words");
    byok::bench::run(arguments[1], arguments[2], arguments[3], std::stoull(arguments[4]));
  } catch (const std::logic_error&) {
    std::fputs("usage: bench_open_keys STATE_DIR ROOT_KEY_FILE TOKENS SECONDS\n", stderr);
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_open_keys: %s\n", error.what());
    return 1;
  }
}

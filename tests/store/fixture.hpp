// A database of one test's own, and a way to change it and to wait for the answer.
#pragma once

#include <doctest/doctest.h>

#include <future>
#include <memory>
#include <string_view>
#include <utility>

#include "common/crypto.hpp"
#include "daemon/store/store.hpp"
#include "daemon/store/writer.hpp"
#include "tests/support/temp_folder.hpp"

namespace byok::store::tests {

inline constexpr std::uint64_t mebibyte = 1 << 20;

inline TenantId tenant(std::string_view text) { return TenantId::parse(text).value(); }
inline ProviderId provider(std::string_view text) { return ProviderId::parse(text).value(); }
inline crypto::Digest hash_of(std::string_view text) { return crypto::sha256(text); }

inline std::unique_ptr<Environment> open_environment(const std::filesystem::path& file,
                                                     std::uint64_t map_size = 64 * mebibyte) {
  Result<std::unique_ptr<Environment>> opened = Environment::open(file, map_size);
  REQUIRE_MESSAGE(opened.has_value(), opened.error().message());
  return std::move(*opened);
}

inline Result<void> write(Writer& writer, Writer::Step step) {
  std::promise<Result<void>> answer;
  writer.submit(std::move(step), [&](Result<void> outcome) { answer.set_value(outcome); });
  return answer.get_future().get();
}

struct Database {
  explicit Database(std::uint64_t map_size = 64 * mebibyte)
      : environment(open_environment(folder / "data.mdb", map_size)),
        writer(std::make_unique<Writer>(*environment)),
        reader(std::make_unique<Reader>(*environment)) {}

  void write(Writer::Step step) {
    Result<void> outcome = tests::write(*writer, std::move(step));
    REQUIRE_MESSAGE(outcome.has_value(), outcome.error().message());
  }
  void close() {
    reader.reset();
    writer.reset();
    environment.reset();
  }

  byok::testing::TempFolder folder;
  std::unique_ptr<Environment> environment;
  std::unique_ptr<Writer> writer;
  std::unique_ptr<Reader> reader;
};

}  // namespace byok::store::tests

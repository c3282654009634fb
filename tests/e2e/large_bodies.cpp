// A GiB each way: every byte, and no more memory than for a small body.
#include <doctest/doctest.h>

#include "tests/support/harness/world.hpp"

using namespace byok::testing;

namespace {

constexpr std::uint64_t size = std::uint64_t{1} << 30;
constexpr std::size_t block = 1 << 20;

struct Fixture {
  Fixture() { world.put_key(tenant, "openai", make_key("sk-proj-")); }
  World world;
  Tenant tenant = world.make_tenant("acme");

  Header authorization() const { return {"Authorization", "Bearer " + tenant.token}; }

  // What the provider got.
  SeenCall upload(std::uint64_t bytes, bool chunked) {
    Connection connection(world.byokd.tcp());
    Headers headers{authorization()};
    if (chunked) {
      headers.emplace_back("Transfer-Encoding", "chunked");
    } else {
      headers.emplace_back("Content-Length", std::to_string(bytes));
    }
    connection.send({.method = "POST", .target = "/v1/files", .headers = headers, .body = ""});
    for (std::uint64_t at = 0; at < bytes; at += block) {
      if (chunked) connection.send_raw("100000\r\n");
      connection.send_raw(pattern(at, block));
      if (chunked) connection.send_raw("\r\n");
    }
    if (chunked) connection.send_raw("0\r\n\r\n");
    CHECK(connection.read().status == 200);
    return world.fake.calls().back();
  }
  // The digest of what came.
  std::string download(std::uint64_t bytes) {
    Connection connection(world.byokd.tcp());
    connection.send({.target = "/v1/files/size-" + std::to_string(bytes) + "/content",
                     .headers = {authorization()},
                     .body = ""});
    CHECK(connection.read_head().header("content-length") == std::to_string(bytes));
    Sha256 digest;
    while (auto piece = connection.read_piece()) digest.add(piece->bytes);
    return digest.finish();
  }
};

std::string pattern_sha256(std::uint64_t bytes) {
  Sha256 digest;
  for (std::uint64_t at = 0; at < bytes; at += block) digest.add(pattern(at, block));
  return digest.finish();
}

}  // namespace

TEST_CASE("a GiB passes through each way, and byokd does not grow") {
  Fixture f;
  // What any call takes once.
  for (bool chunked : {false, true}) f.upload(8 * block, chunked);
  f.download(8 * block);
  const long before = f.world.byokd.memory("VmHWM");
  const std::string expected = pattern_sha256(size);

  for (bool chunked : {false, true}) {
    CAPTURE(chunked);
    SeenCall seen = f.upload(size, chunked);
    CHECK(seen.body_size == size);
    CHECK(seen.body_sha256 == expected);
  }
  CHECK(f.download(size) == expected);
  const long grown = f.world.byokd.memory("VmHWM") - before;
  MESSAGE("byokd grew by " << grown << " KiB");
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  // A sanitizer's own memory grows with what it has seen freed.
#else
  CHECK(grown < 2 * 1024);
#endif
}

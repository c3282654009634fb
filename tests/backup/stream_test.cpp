// What a backup's reader believes, and what it refuses.
#include "daemon/backup/stream.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

namespace byok::backup {
namespace {

const std::string key(32, 'k');

std::string file_of(std::size_t size) {
  std::string file(size, '\0');
  for (std::size_t i = 0; i < size; ++i) file[i] = static_cast<char>(i * 7 + i / 251);
  return file;
}

std::string stream_of(const std::string& file, const std::string& under = key,
                      std::size_t chunk = largest_chunk) {
  Writer writer(under, {{'d'}, 7, 1'700'000'000, file.size()});
  std::string out = writer.header();
  for (std::size_t at = 0; at < file.size(); at += chunk) {
    const std::string bytes = file.substr(at, chunk);
    const Writer::Frame frame = writer.chunk(bytes);
    out.append(frame.size).append(bytes).append(crypto::view(frame.mac));
  }
  return out + writer.end();
}

struct Outcome {
  bool good = false;
  std::string error;
  std::string file;
};

Outcome read(const std::string& stream, std::size_t stretch = 1 << 20,
             const std::string& under = key) {
  Outcome out;
  Reader reader(under, [&out](std::string_view bytes) -> Result<void> {
    out.file.append(bytes);
    return {};
  });
  for (std::size_t at = 0; at < stream.size(); at += stretch) {
    if (auto taken = reader.take(std::string_view(stream).substr(at, stretch)); !taken) {
      out.error = taken.error().message();
      return out;
    }
  }
  auto end = reader.finish();
  out.good = end.has_value();
  if (!end) out.error = end.error().message();
  return out;
}

TEST_CASE("what was written is read back, in stretches of any size") {
  for (const std::size_t size : {0u, 1u, 4096u, 65'535u, 65'536u, 65'537u, 300'000u}) {
    const std::string file = file_of(size);
    const std::string stream = stream_of(file);
    CAPTURE(size);
    CHECK(stream.size() == stream_size(size));
    for (const std::size_t stretch : {std::size_t{1000}, std::size_t{65'536}, stream.size()}) {
      const Outcome outcome = read(stream, stretch);
      CHECK(outcome.error == "");
      CHECK(outcome.good);
      CHECK(outcome.file == file);
    }
  }
}

TEST_CASE("each bit of a stream counts, and no byte is given out before it is proved") {
  const std::string file = file_of(300);
  const std::string stream = stream_of(file, key, 100);
  int refused = 0;
  for (std::size_t bit = 0; bit < stream.size() * 8; ++bit) {
    std::string changed = stream;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    const Outcome outcome = read(changed);
    CAPTURE(bit);
    REQUIRE_FALSE(outcome.good);
    REQUIRE(file.starts_with(outcome.file));
    ++refused;
  }
  MESSAGE(refused << " of " << stream.size() * 8 << " flipped bits refused");
}

TEST_CASE("a stream that is cut, extended, spliced or reordered is refused") {
  const std::string file = file_of(300);
  const std::string stream = stream_of(file, key, 100);
  for (std::size_t size = 0; size < stream.size(); ++size) {
    CAPTURE(size);
    REQUIRE_FALSE(read(stream.substr(0, size)).good);
  }
  CHECK_FALSE(read(stream + '\0').good);
  CHECK_FALSE(read(stream + stream).good);

  const std::size_t chunk = 4 + 100 + 32;
  std::string reordered = stream;
  std::swap_ranges(reordered.begin() + header_size, reordered.begin() + header_size + chunk,
                   reordered.begin() + header_size + chunk);
  CHECK_FALSE(read(reordered).good);
  std::string without_one = stream;
  without_one.erase(header_size, chunk);
  CHECK_FALSE(read(without_one).good);
  // Two backups of the same bytes, of the same moment: their salts tell them apart.
  const std::string other = stream_of(file, key, 100);
  CHECK(read(other).good);
  CHECK_FALSE(read(stream.substr(0, header_size) + other.substr(header_size)).good);
  CHECK_FALSE(read(stream, 1 << 20, std::string(32, 'x')).good);
}

TEST_CASE("what is no backup is told from a newer one") {
  CHECK(read("").error.find("cut short") != std::string::npos);
  CHECK(read(std::string(header_size, 'x')).error.find("no backup") != std::string::npos);
  std::string newer = stream_of("file");
  newer[7] = 2;
  CHECK(read(newer).error.find("newer") != std::string::npos);
  const Result<Header> header = peek_header(stream_of("file"));
  REQUIRE(header.has_value());
  CHECK(header->root_key_id == 7);
  CHECK(header->made_at == 1'700'000'000);
  CHECK(header->size == 4);
  CHECK(header->database[0] == 'd');
}

TEST_CASE("what the sink refuses ends the reading") {
  Reader reader(key, [](std::string_view) -> Result<void> {
    return Error{Errc::store_full, "no room"};
  });
  auto taken = reader.take(stream_of(file_of(100)));
  REQUIRE_FALSE(taken.has_value());
  CHECK(taken.error().code == Errc::store_full);
}

}  // namespace
}  // namespace byok::backup

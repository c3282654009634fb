// A backup on its way in: of any bytes, a reader that gets them cut up at will believes what one
// that has them whole believes, and gives out the same. The first byte picks what the bytes are:
// the stream itself; the signed parts of a stream whose sizes are whatever they are; or a file,
// written by byokd and then changed in one place. The second picks the cut.
#include <fuzzer/FuzzedDataProvider.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "common/encoding.hpp"
#include "daemon/backup/stream.hpp"
#include "tests/fuzz/repeatable_random.hpp"
#include "tests/fuzz/support.hpp"

using namespace byok;
using namespace byok::backup;
using fuzz::require;

namespace {

constexpr std::string_view key = "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk";
constexpr std::size_t mac_size = sizeof(crypto::Digest);

struct Read {
  bool believed = false;
  std::string file;  // what was given out
};

// As stream.hpp draws it.
class Signer {
 public:
  std::string header(std::string_view fields) {
    last_ = mac_.of({"byok/v1/backup-header", fields});
    return std::string(fields).append(crypto::view(last_));
  }
  crypto::Digest chunk(std::string_view bytes) {
    std::string place;
    put_u64(place, number_++);
    put_u32(place, static_cast<std::uint32_t>(bytes.size()));
    last_ = mac_.of({"byok/v1/backup-chunk", crypto::view(last_), place, bytes});
    return last_;
  }

 private:
  crypto::HmacSha256 mac_{key};
  crypto::Digest last_{};
  std::uint64_t number_ = 0;
};

Read read_plainly(std::string_view stream) {
  constexpr std::string_view magic("byokbak\1", 8);
  Read out;
  if (stream.size() < header_size || !stream.starts_with(magic)) return out;
  Signer signer;
  if (signer.header(stream.substr(0, header_size - mac_size)) != stream.substr(0, header_size)) {
    return out;
  }
  const std::uint64_t file_size = get_u64(stream.data() + 40);
  stream.remove_prefix(header_size);
  while (stream.size() >= 4) {
    const std::uint32_t size = get_u32(stream.data());
    if (size > largest_chunk || stream.size() < 4 + size + mac_size) return out;
    const std::string_view bytes = stream.substr(4, size);
    if (crypto::view(signer.chunk(bytes)) != stream.substr(4 + size, mac_size)) return out;
    stream.remove_prefix(4 + size + mac_size);
    if (size == 0) {
      out.believed = out.file.size() == file_size && stream.empty();
      return out;
    }
    if (out.file.size() + size > file_size) return out;
    out.file += bytes;
  }
  return out;
}

Read read_in_pieces(std::string_view stream, std::size_t cut) {
  Read out;
  Reader reader(key, [&out](std::string_view bytes) -> Result<void> {
    require(!bytes.empty() && bytes.size() <= largest_chunk);
    out.file += bytes;
    return {};
  });
  const bool taken = fuzz::each_piece(
      stream, cut, [&](std::string_view piece) { return reader.take(piece).has_value(); });
  out.believed = taken && reader.finish().has_value();
  return out;
}

void check(std::string_view stream, std::size_t cut) {
  const Read plain = read_plainly(stream);
  const Read pieces = read_in_pieces(stream, cut);
  require(pieces.believed == plain.believed);
  require(pieces.file == plain.file);
}

// Signed by somebody who has the key and writes sizes as he likes.
std::string signed_stream(FuzzedDataProvider& choices) {
  Signer signer;
  std::string fields("byokbak\1", 8);
  fields.append(32, 'h');
  put_u64(fields, choices.ConsumeIntegralInRange<std::uint64_t>(0, 300));
  fields.append(16, 's');
  std::string stream = signer.header(fields);
  for (int i = choices.ConsumeIntegralInRange(0, 6); i > 0; --i) {
    const std::string bytes = choices.ConsumeRandomLengthString(100);
    put_u32(stream, static_cast<std::uint32_t>(bytes.size()));
    stream.append(bytes).append(crypto::view(signer.chunk(bytes)));
  }
  return stream + choices.ConsumeRemainingBytesAsString();
}

std::string written_stream(std::string_view file, std::size_t chunk) {
  fuzz::repeat_random();
  Writer writer(key, {{'d'}, 7, 1'700'000'000, file.size()});
  std::string out = writer.header();
  for (std::size_t at = 0; at < file.size(); at += chunk) {
    const std::string_view bytes = file.substr(at, chunk);
    const Writer::Frame frame = writer.chunk(bytes);
    out.append(frame.size).append(bytes).append(crypto::view(frame.mac));
  }
  return out + writer.end();
}

void check_written(FuzzedDataProvider& choices, std::size_t cut) {
  const std::size_t chunk = choices.ConsumeIntegralInRange<std::size_t>(1, 500);
  const std::size_t place = choices.ConsumeIntegral<std::uint16_t>();
  const char change = choices.ConsumeIntegral<char>();
  const std::string file = choices.ConsumeRemainingBytesAsString();
  std::string stream = written_stream(file, chunk);
  if (chunk >= file.size()) require(stream.size() == stream_size(file.size()));
  const auto header = peek_header(stream);
  require(header && header->root_key_id == 7 && header->size == file.size());
  const Read good = read_in_pieces(stream, cut);
  require(good.believed && good.file == file);

  char& byte = stream[place % stream.size()];
  byte = static_cast<char>(byte ^ change);
  const Read changed = read_in_pieces(stream, cut);
  require(changed.believed == (change == 0));
  require(file.starts_with(changed.file));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t cut = std::size_t{1} + data[1];
  FuzzedDataProvider choices(data + 2, size - 2);
  switch (data[0] % 3) {
    case 0: {
      const std::string_view stream = fuzz::view(data + 2, size - 2);
      (void)peek_header(stream);
      check(stream, cut);
      break;
    }
    case 1:
      check(signed_stream(choices), cut);
      break;
    default:
      check_written(choices, cut);
  }
  return 0;
}

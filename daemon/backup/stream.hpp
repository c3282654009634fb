// A backup as a stream of bytes: the database's file, cut into chunks, each with a MAC that binds
// it to all that came before. Whoever reads it believes no byte before it is proved, and sees where
// it was changed, cut short, or put together from two.
//
//   header   magic "byokbak" and a version byte (8), database id (16), root-key id (8), when it was
//            made (8, Unix time), the file's size (8), a random salt (16), MAC (32)
//   chunk    size (4), as many bytes, at most 64 KiB, MAC (32)
//   end      a chunk of size 0, and nothing behind it
//
// Integers are big-endian. The header's MAC is HMAC-SHA-256 under the backup's key over a label and
// what stands before it; a chunk's is over another label, the MAC before, the chunk's number from 0
// (8), its size (4) and its bytes.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "common/crypto.hpp"
#include "common/error.hpp"
#include "common/time.hpp"

namespace byok::backup {

struct Header {
  std::array<char, 16> database{};
  std::uint64_t root_key_id = 0;
  UnixTime made_at = 0;
  std::uint64_t size = 0;  // of the database's file
};

inline constexpr std::size_t header_size = 8 + 16 + 8 + 8 + 8 + 16 + sizeof(crypto::Digest);
inline constexpr std::size_t largest_chunk = 64 * 1024;

// Of the whole stream for a file of `size` bytes.
std::uint64_t stream_size(std::uint64_t size);

// Makes the stream, piece by piece: the header once, a chunk for each stretch of the file in its
// order, and the end.
class Writer {
 public:
  Writer(std::string_view key, const Header& header);

  const std::string& header() const { return header_; }
  // `bytes`: 1 to largest_chunk of them, which the caller sends between the two parts.
  struct Frame {
    std::string size;
    crypto::Digest mac;
  };
  Frame chunk(std::string_view bytes);
  std::string end();

 private:
  crypto::HmacSha256 key_;
  std::string header_;
  crypto::Digest last_{};
  std::uint64_t number_ = 0;
};

// What a stream says of itself, unproved: by that its key is found. Errc::bad_request where it is
// no backup, or one of a version that this byokd does not know. `bytes` holds at least its
// beginning.
Result<Header> peek_header(std::string_view bytes);

// Proves a stream while it comes in, stretch by stretch of whatever size.
class Reader {
 public:
  // Is given each chunk's bytes once they are proved.
  using Sink = std::function<Result<void>(std::string_view bytes)>;
  Reader(std::string_view key, Sink sink);

  // Errc::bad_request where the stream is not as it was made, and the sink's own errors. Nothing
  // may be given after an error.
  Result<void> take(std::string_view bytes);
  // After the last stretch. Errc::bad_request where something is missing.
  Result<void> finish() const;

 private:
  Result<void> take_header();
  Result<bool> take_chunk(std::size_t& at);

  crypto::HmacSha256 key_;
  Sink sink_;
  std::string held_;  // what came in and is not proved
  crypto::Digest last_{};
  std::uint64_t number_ = 0;
  std::uint64_t size_ = 0;  // as the header says
  std::uint64_t given_ = 0;
  enum class Stage { header, chunks, done } stage_ = Stage::header;
};

}  // namespace byok::backup

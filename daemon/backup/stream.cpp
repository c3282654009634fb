#include "daemon/backup/stream.hpp"

#include <stdexcept>

#include "common/encoding.hpp"

namespace byok::backup {
namespace {

constexpr std::string_view magic("byokbak\1", 8);
constexpr std::size_t name_size = 7;  // of the magic, without its version
constexpr std::size_t salt_size = 16;
constexpr std::size_t mac_size = sizeof(crypto::Digest);
constexpr std::size_t length_size = 4;

constexpr std::string_view header_label = "byok/v1/backup-header";
constexpr std::string_view chunk_label = "byok/v1/backup-chunk";

crypto::Digest header_mac(const crypto::HmacSha256& key, std::string_view fields) {
  return key.of({header_label, fields});
}

crypto::Digest chunk_mac(const crypto::HmacSha256& key, const crypto::Digest& before,
                         std::uint64_t number, std::string_view bytes) {
  std::string place;
  put_u64(place, number);
  put_u32(place, static_cast<std::uint32_t>(bytes.size()));
  return key.of({chunk_label, crypto::view(before), place, bytes});
}

Error damaged(std::string_view what) {
  return {Errc::bad_request,
          "the backup " + std::string(what) + ": take another copy of it, or another backup"};
}

crypto::Digest digest_at(std::string_view bytes, std::size_t at) {
  crypto::Digest digest;
  bytes.substr(at, digest.size()).copy(digest.data(), digest.size());
  return digest;
}

}  // namespace

std::uint64_t stream_size(std::uint64_t size) {
  const std::uint64_t chunks = (size + largest_chunk - 1) / largest_chunk + 1;
  return header_size + size + chunks * (length_size + mac_size);
}

Writer::Writer(std::string_view key, const Header& header) : key_(key) {
  std::array<char, salt_size> salt;
  crypto::random(salt);
  header_.append(magic).append(header.database.data(), header.database.size());
  put_u64(header_, header.root_key_id);
  put_u64(header_, static_cast<std::uint64_t>(header.made_at));
  put_u64(header_, header.size);
  header_.append(salt.data(), salt.size());
  last_ = header_mac(key_, header_);
  header_.append(crypto::view(last_));
}

Writer::Frame Writer::chunk(std::string_view bytes) {
  if (bytes.empty() || bytes.size() > largest_chunk) throw std::invalid_argument("a chunk's size");
  Frame frame;
  put_u32(frame.size, static_cast<std::uint32_t>(bytes.size()));
  frame.mac = last_ = chunk_mac(key_, last_, number_++, bytes);
  return frame;
}

std::string Writer::end() {
  std::string out;
  put_u32(out, 0);
  last_ = chunk_mac(key_, last_, number_++, {});
  return out.append(crypto::view(last_));
}

Result<Header> peek_header(std::string_view bytes) {
  if (bytes.size() < header_size || bytes.substr(0, name_size) != magic.substr(0, name_size)) {
    return Error{Errc::bad_request,
                 "this is no backup of byokd's: name the file that `byok backup` "
                 "wrote"};
  }
  if (bytes[name_size] != magic[name_size]) {
    return Error{Errc::bad_request,
                 "the backup was made by a newer byokd: restore it with that version"};
  }
  Header header;
  const char* at = bytes.data() + magic.size();
  std::string_view(at, header.database.size()).copy(header.database.data(), header.database.size());
  at += header.database.size();
  header.root_key_id = get_u64(at);
  header.made_at = static_cast<UnixTime>(get_u64(at + 8));
  header.size = get_u64(at + 16);
  return header;
}

Reader::Reader(std::string_view key, Sink sink) : key_(key), sink_(std::move(sink)) {}

Result<void> Reader::take(std::string_view bytes) {
  held_.append(bytes);
  if (stage_ == Stage::header) {
    if (held_.size() < header_size) return {};
    if (auto taken = take_header(); !taken) return taken;
  }
  std::size_t at = 0;
  while (stage_ == Stage::chunks) {
    Result<bool> more = take_chunk(at);
    if (!more) return more.error();
    if (!*more) break;
  }
  held_.erase(0, at);
  if (stage_ == Stage::done && !held_.empty()) return damaged("goes on behind its end");
  return {};
}

Result<void> Reader::take_header() {
  Result<Header> header = peek_header(held_);
  if (!header) return header.error();
  const std::size_t signed_size = header_size - mac_size;
  last_ = header_mac(key_, std::string_view(held_).substr(0, signed_size));
  if (!crypto::equal(crypto::view(last_), crypto::view(digest_at(held_, signed_size)))) {
    return damaged("is not of this root key and database, or its header was changed");
  }
  size_ = header->size;
  held_.erase(0, header_size);
  stage_ = Stage::chunks;
  return {};
}

// Whether there was a whole chunk at `at`, which is moved past it.
Result<bool> Reader::take_chunk(std::size_t& at) {
  const std::string_view rest = std::string_view(held_).substr(at);
  if (rest.size() < length_size) return false;
  const std::size_t size = get_u32(rest.data());
  if (size > largest_chunk || size > size_ - given_) return damaged("was changed");
  if (rest.size() < length_size + size + mac_size) return false;
  const std::string_view bytes = rest.substr(length_size, size);
  last_ = chunk_mac(key_, last_, number_++, bytes);
  if (!crypto::equal(crypto::view(last_), crypto::view(digest_at(rest, length_size + size)))) {
    return damaged("was changed");
  }
  at += length_size + size + mac_size;
  if (size == 0) {
    if (given_ != size_) return damaged("was cut short");
    stage_ = Stage::done;
    return true;
  }
  given_ += size;
  if (auto taken = sink_(bytes); !taken) return taken.error();
  return true;
}

Result<void> Reader::finish() const {
  if (stage_ != Stage::done) return damaged("was cut short");
  return {};
}

}  // namespace byok::backup

#include "daemon/vault/envelope.hpp"

#include "common/crypto.hpp"
#include "common/encoding.hpp"

namespace byok::vault {
namespace {

constexpr std::string_view magic = "byk";
constexpr std::size_t salt_size = 32;
constexpr std::size_t commitment_size = 32;

constexpr std::size_t header_size(Kind kind) { return kind == Kind::dek ? 22 : 30; }

// The two keys that one message needs, wiped with the scope that uses them.
class MessageKeys {
 public:
  MessageKeys(const WrappingKey& wrapping_key, Algorithm algorithm, std::string_view domain,
              std::string_view salt)
      : block_(wrapping_key.expand(algorithm, domain, salt)) {}
  ~MessageKeys() { wipe(block_.data(), block_.size()); }
  MessageKeys(const MessageKeys&) = delete;
  MessageKeys& operator=(const MessageKeys&) = delete;

  std::string_view key() const { return {block_.data(), crypto::key_size}; }
  std::string_view commitment() const {
    return {block_.data() + crypto::key_size, commitment_size};
  }

 private:
  crypto::Block64 block_;
};

std::optional<Algorithm> stored_algorithm(char byte) {
  for (Algorithm known : {Algorithm::sha512, Algorithm::sha256}) {
    if (byte == static_cast<char>(known)) return known;
  }
  return std::nullopt;
}

}  // namespace

crypto::Block64 WrappingKey::expand(Algorithm algorithm, std::string_view domain,
                                    std::string_view salt) const {
  if (algorithm == Algorithm::sha512) return crypto::HkdfSha512(key_).expand({domain, salt});
  return newest_.expand({domain, salt});
}

std::optional<Envelope> parse_envelope(Kind kind, std::string_view record) {
  std::size_t head = header_size(kind);
  std::size_t around = head + salt_size + crypto::nonce_size + crypto::tag_size + commitment_size;
  if (record.size() < around || !record.starts_with(magic) ||
      record[3] != static_cast<char>(kind) || record[4] != char{record_version}) {
    return std::nullopt;
  }
  std::optional<Algorithm> algorithm = stored_algorithm(record[5]);
  if (!algorithm) return std::nullopt;
  std::size_t ciphertext_size = record.size() - around;
  if (kind == Kind::dek && ciphertext_size != crypto::key_size) return std::nullopt;

  Envelope out;
  out.header.kind = kind;
  out.header.algorithm = *algorithm;
  out.header.named_key = get_u64(record.data() + 6);
  out.header.made_at = static_cast<UnixTime>(get_u64(record.data() + 14));
  out.header.rotated_at =
      kind == Kind::key ? static_cast<UnixTime>(get_u64(record.data() + 22)) : 0;

  std::string_view rest = record.substr(head);
  auto take = [&rest](std::size_t size) {
    std::string_view part = rest.substr(0, size);
    rest.remove_prefix(size);
    return part;
  };
  out.salt = take(salt_size);
  out.nonce = take(crypto::nonce_size);
  out.ciphertext = take(ciphertext_size);
  out.tag = take(crypto::tag_size);
  out.commitment = take(commitment_size);
  return out;
}

std::string seal_envelope(const EnvelopeHeader& header, const WrappingKey& wrapping_key,
                          std::string_view domain, std::string_view associated_data,
                          std::string_view plaintext) {
  std::size_t head = header_size(header.kind);
  std::size_t ciphertext_at = head + salt_size + crypto::nonce_size;
  std::size_t size = ciphertext_at + plaintext.size() + crypto::tag_size + commitment_size;

  std::string record;
  record.reserve(size);
  record.append(magic).push_back(static_cast<char>(header.kind));
  record.push_back(char{record_version});
  record.push_back(static_cast<char>(header.algorithm));
  put_u64(record, header.named_key);
  put_u64(record, static_cast<std::uint64_t>(header.made_at));
  if (header.kind == Kind::key) put_u64(record, static_cast<std::uint64_t>(header.rotated_at));
  record.resize(size);

  crypto::random({record.data() + head, salt_size + crypto::nonce_size});
  std::string_view salt(record.data() + head, salt_size);
  std::string_view nonce(record.data() + head + salt_size, crypto::nonce_size);
  MessageKeys keys(wrapping_key, header.algorithm, domain, salt);

  char* ciphertext = record.data() + ciphertext_at;
  char* tag = ciphertext + plaintext.size();
  crypto::gcm_seal(keys.key(), nonce, associated_data, plaintext, ciphertext, tag);
  keys.commitment().copy(tag + crypto::tag_size, commitment_size);
  return record;
}

std::optional<Secret> open_envelope(const Envelope& envelope, const WrappingKey& wrapping_key,
                                    std::string_view domain, std::string_view associated_data) {
  MessageKeys keys(wrapping_key, envelope.header.algorithm, domain, envelope.salt);
  // Before decrypting: a record made for another key must not get as far as GCM.
  if (!crypto::equal(keys.commitment(), envelope.commitment)) return std::nullopt;
  Secret plaintext(envelope.ciphertext.size());
  if (!crypto::gcm_open(keys.key(), envelope.nonce, associated_data, envelope.ciphertext,
                        envelope.tag, plaintext.data())) {
    return std::nullopt;
  }
  return plaintext;
}

}  // namespace byok::vault

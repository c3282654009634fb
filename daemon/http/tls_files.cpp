#include "daemon/http/tls_files.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <new>

#include "common/whole_file.hpp"

namespace byok::http {
namespace {

namespace fs = std::filesystem;

template <class... Values>
Error refused(fmt::format_string<Values...> text, Values&&... values) {
  return {Errc::bad_request, fmt::format(text, std::forward<Values>(values)...)};
}

Result<WholeFile> read_named(std::string_view setting, const fs::path& file) {
  auto read = read_whole_file(file);
  if (!read) return refused("{}: {}", setting, read.error().message());
  return read;
}

Handle<BIO, BIO_free_all> reader_of(const WipingBuffer& content) {
  Handle<BIO, BIO_free_all> bio(BIO_new_mem_buf(content.data(), static_cast<int>(content.size())));
  if (!bio) throw std::bad_alloc();
  ERR_clear_error();
  return bio;
}

Result<void> refuse_careless(const struct stat& status, const fs::path& file, uid_t reader) {
  const std::string& name = file.native();
  if (status.st_uid != reader && status.st_uid != 0) {
    return refused(
        "tls.key: {} belongs to uid {}: it must belong to root or to uid {}, who runs byokd "
        "(chown {} {})",
        name, status.st_uid, reader, reader, name);
  }
  const bool by_group = status.st_uid == 0 && reader != 0;
  if ((status.st_mode & (by_group ? 037U : 077U)) != 0) {
    return refused(
        "tls.key: {} has mode {:04o}, so that others can reach it: run chmod {} {}, and think "
        "about whether the key is still yours alone",
        name, status.st_mode & 07777, by_group ? "640" : "600", name);
  }
  return {};
}

// Nobody is there to be asked.
int note_passphrase(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

}  // namespace

Result<std::vector<Certificate>> read_certificates(std::string_view setting, const fs::path& file) {
  auto read = read_named(setting, file);
  if (!read) return read.error();
  auto bio = reader_of(read->content);
  std::vector<Certificate> certificates;
  while (X509* next = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
    certificates.emplace_back(next);
  }
  const unsigned long last = ERR_peek_last_error();
  ERR_clear_error();
  if (ERR_GET_LIB(last) != ERR_LIB_PEM || ERR_GET_REASON(last) != PEM_R_NO_START_LINE) {
    return refused("{}: certificate {} in {} is damaged: put a whole one there", setting,
                   certificates.size() + 1, file.native());
  }
  if (certificates.empty()) {
    return refused(
        "{}: {} holds no certificate: it must be a PEM file, with -----BEGIN CERTIFICATE----- in "
        "it",
        setting, file.native());
  }
  return certificates;
}

Result<PrivateKey> read_private_key(const fs::path& file, uid_t reader) {
  auto read = read_named("tls.key", file);
  if (!read) return read.error();
  if (auto kept = refuse_careless(read->status, file, reader); !kept) return kept.error();
  auto bio = reader_of(read->content);
  bool asked = false;
  PrivateKey key(PEM_read_bio_PrivateKey(bio.get(), nullptr, note_passphrase, &asked));
  ERR_clear_error();
  if (asked) {
    return refused(
        "tls.key: {} is protected by a passphrase, which nobody is there to give: write the key "
        "without one (openssl pkey -in OLD -out NEW)",
        file.native());
  }
  if (!key) {
    return refused(
        "tls.key: {} holds no private key: it must be a PEM file, with -----BEGIN PRIVATE KEY----- "
        "in it",
        file.native());
  }
  return key;
}

}  // namespace byok::http

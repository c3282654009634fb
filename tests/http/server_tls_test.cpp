#include "daemon/http/server_tls.hpp"

#include <doctest/doctest.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <functional>
#include <thread>

#include "tests/support/temp_folder.hpp"
#include "tests/support/wire/certificates.hpp"

using namespace byok;
using namespace byok::http;
using testing::Authority;
using testing::Issued;
using testing::Subject;

namespace {

constexpr long day = 24L * 60 * 60;

// Files that are well, to be spoilt.
struct Files {
  testing::TempFolder folder;
  Authority root{"root"};
  Authority between{"between", &root};
  Issued issued = between.issue(testing::server_subject());
  daemon::TlsSettings settings;

  Files() {
    write_cert(issued.certificate + between.pem());
    write_key(issued.key);
  }
  void write_cert(const std::string& pem) { settings.cert = folder.write("cert.pem", pem); }
  void write_key(const std::string& pem) { settings.key = folder.write("key.pem", pem); }
  void write_client_ca(const std::string& pem) { settings.client_ca = folder.write("ca.pem", pem); }
  void use(const Issued& other) {
    write_cert(other.certificate);
    write_key(other.key);
  }
  auto load() const { return load_server_tls(settings, ::geteuid()); }
};

std::string encrypted(const std::string& key_pem) {
  Handle<BIO, BIO_free_all> in(BIO_new_mem_buf(key_pem.data(), static_cast<int>(key_pem.size())));
  Handle<EVP_PKEY, EVP_PKEY_free> key(PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr));
  Handle<BIO, BIO_free_all> out(BIO_new(BIO_s_mem()));
  unsigned char passphrase[] = "secret";
  REQUIRE(PEM_write_bio_PrivateKey(out.get(), key.get(), EVP_aes_128_cbc(), passphrase, 6, nullptr,
                                   nullptr) == 1);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(out.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

}  // namespace

TEST_CASE("whole files make a context, and its certificate is told") {
  Files files;
  files.write_client_ca(files.root.pem() + files.between.pem());
  auto loaded = files.load();
  REQUIRE(loaded.has_value());
  CHECK((*loaded)->fingerprint() == testing::fingerprint_of(files.issued.certificate));
  CHECK((*loaded)->warnings().empty());
  CHECK((*loaded)->not_after() > now() + 29 * day);
  CHECK((*loaded)->not_after() < now() + 31 * day);
}

TEST_CASE("what is wrong with a file is told with its setting and name") {
  struct Case {
    std::string_view name;
    std::function<void(Files&)> spoil;
    std::string_view setting;
    std::string_view says;
  };
  const Case cases[] = {
      {"no certificate file", [](Files& f) { std::filesystem::remove(f.settings.cert); },
       "tls.cert", "cannot open"},
      {"no key file", [](Files& f) { std::filesystem::remove(f.settings.key); }, "tls.key",
       "cannot open"},
      {"a folder", [](Files& f) { f.settings.cert = f.folder.path(); }, "tls.cert",
       "is not a file"},
      {"a pipe",
       [](Files& f) {
         std::filesystem::remove(f.settings.key);
         REQUIRE(::mkfifo(f.settings.key.c_str(), 0600) == 0);
       },
       "tls.key", "is not a file"},
      {"an empty certificate", [](Files& f) { f.write_cert(""); }, "tls.cert",
       "holds no certificate"},
      {"a key in its place", [](Files& f) { f.write_cert(f.issued.key); }, "tls.cert",
       "holds no certificate"},
      {"half a certificate",
       [](Files& f) {
         f.write_cert(f.issued.certificate.substr(0, f.issued.certificate.size() / 2));
       },
       "tls.cert", "certificate 1 in"},
      {"a chain that is cut off",
       [](Files& f) {
         const std::string chain = f.between.pem();
         f.write_cert(f.issued.certificate + chain.substr(0, chain.size() / 2));
       },
       "tls.cert", "certificate 2 in"},
      {"a damaged certificate",
       [](Files& f) {
         std::string pem = f.issued.certificate;
         pem[pem.size() / 2] = '!';
         f.write_cert(pem);
       },
       "tls.cert", "is damaged"},
      {"far too much", [](Files& f) { f.write_cert(std::string(std::size_t{2} << 20, 'x')); },
       "tls.cert", "too large"},
      {"an empty key", [](Files& f) { f.write_key(""); }, "tls.key", "holds no private key"},
      {"a certificate in place of the key", [](Files& f) { f.write_key(f.issued.certificate); },
       "tls.key", "holds no private key"},
      {"a key with a passphrase", [](Files& f) { f.write_key(encrypted(f.issued.key)); }, "tls.key",
       "protected by a passphrase"},
      {"another's key",
       [](Files& f) { f.write_key(f.between.issue(testing::server_subject()).key); }, "tls.key",
       "is not the key of the certificate"},
      {"the chain before the certificate",
       [](Files& f) { f.write_cert(f.between.pem() + f.issued.certificate); }, "tls.key",
       "is not the key of the certificate"},
      {"a key that the group can read", [](Files& f) { ::chmod(f.settings.key.c_str(), 0640); },
       "tls.key", "has mode 0640"},
      {"a key that all can read", [](Files& f) { ::chmod(f.settings.key.c_str(), 0604); },
       "tls.key", "has mode 0604"},
      {"a weak key", [](Files& f) { f.use(f.root.issue({.rsa_bits = 1024})); }, "tls.cert",
       "key too small"},
      {"no authority for clients", [](Files& f) { f.write_client_ca("nobody\n"); }, "tls.client_ca",
       "holds no certificate"},
      {"an authority that is cut off",
       [](Files& f) { f.write_client_ca(f.root.pem().substr(0, 300)); }, "tls.client_ca",
       "certificate 1 in"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    Files files;
    c.spoil(files);
    auto loaded = files.load();
    REQUIRE(loaded.has_error());
    const std::string message(loaded.error().message());
    CAPTURE(message);
    CHECK(message.starts_with(std::string(c.setting) + ": "));
    CHECK(message.find(c.says) != std::string::npos);
    CHECK(message.find(files.folder.path().string()) != std::string::npos);
    CHECK(message.find('\n') == std::string::npos);
    CHECK(message.find("PRIVATE KEY-----\nM") == std::string::npos);
  }
}

TEST_CASE("what is allowed of key files: links, and root's own for a group") {
  Files files;
  const std::filesystem::path real = files.folder / "real.pem";
  std::filesystem::rename(files.settings.key, real);
  std::filesystem::create_symlink(real, files.settings.key);
  CHECK(files.load().has_value());
  if (::geteuid() != 0) return;
  ::chmod(real.c_str(), 0640);
  CHECK(load_server_tls(files.settings, 12345).has_value());
  ::chmod(real.c_str(), 0660);
  CHECK(load_server_tls(files.settings, 12345).has_error());
}

TEST_CASE("what clients will not like is a warning") {
  struct Case {
    std::string_view name;
    Subject subject;
    std::string_view says;
  };
  const Case cases[] = {
      {"expired", {.until = -60}, "expired on"},
      {"expires soon", {.until = 3 * day}, "expires on"},
      {"not valid yet", {.from = day}, "not valid before"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    Files files;
    files.use(files.root.issue(c.subject));
    auto loaded = files.load();
    REQUIRE(loaded.has_value());
    REQUIRE((*loaded)->warnings().size() == 1);
    CHECK((*loaded)->warnings().front().find(c.says) != std::string::npos);
    CHECK((*loaded)->warnings().front().find(files.settings.cert.string()) != std::string::npos);
  }
  Files files;
  files.write_cert(files.issued.certificate + files.root.pem() + files.between.pem());
  auto loaded = files.load();
  REQUIRE(loaded.has_value());
  REQUIRE((*loaded)->warnings().size() == 1);
  CHECK((*loaded)->warnings().front().find("out of order") != std::string::npos);
}

TEST_CASE("who asks for the current one while it is replaced gets one of the two, whole") {
  Files files;
  Files others;
  const auto first = *files.load();
  const auto second = *others.load();
  TlsSource source(first);
  CHECK(source.current() == first);
  const std::uint64_t before = source.generation();
  std::thread replacing([&] {
    for (int i = 0; i < 2'000; ++i) source.replace(i % 2 == 0 ? second : first);
  });
  bool whole = true;
  for (int i = 0; i < 2'000; ++i) {
    const auto current = source.current();
    whole = whole && (current == first || current == second);
  }
  replacing.join();
  CHECK(whole);
  CHECK(source.generation() == before + 2'000);
  CHECK(source.current() == first);
}

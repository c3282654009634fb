#include "common/version.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/opensslv.h>

#include <boost/version.hpp>

namespace byok {

constinit const std::string_view version = BYOK_VERSION;

Library openssl_library() {
  return {"OpenSSL", OPENSSL_VERSION_STR, ::OpenSSL_version(OPENSSL_VERSION_STRING)};
}

// The names of these two libraries' files hold their versions: what is loaded is what was compiled.
Library boost_library() {
  static const std::string text = fmt::format("{}.{}.{}", BOOST_VERSION / 100'000,
                                              BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100);
  return {"Boost", text, text};
}

Library fmt_library() {
  static const std::string text =
      fmt::format("{}.{}.{}", FMT_VERSION / 10'000, FMT_VERSION / 100 % 100, FMT_VERSION % 100);
  return {"fmt", text, text};
}

std::string describe_version(std::string_view program, std::string_view commit,
                             std::initializer_list<Library> libraries) {
  std::string text = fmt::format("{} {}", program, version);
  if (!commit.empty()) text += fmt::format(" ({})", commit);
  std::string_view before = "\n";
  for (const Library& library : libraries) {
    text += fmt::format("{}{} {}", before, library.name, library.loaded);
    if (library.compiled != library.loaded) {
      text += fmt::format(" (compiled with {})", library.compiled);
    }
    before = ", ";
  }
  return text;
}

}  // namespace byok

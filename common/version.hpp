// Which byok this is, and what it is made of: what --version prints.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace byok {

extern const std::string_view version;  // as 0.1.0

// A library as the program was compiled with it, and as it was found at start.
struct Library {
  std::string_view name;
  std::string_view compiled;
  std::string_view loaded;
};
Library openssl_library();
Library boost_library();
Library fmt_library();

// Two lines, of which the first is for machines: "byokd 0.1.0 (1234567890ab)" and "OpenSSL 3.0.17,
// Boost 1.81.0". The commit is left out where it is empty.
std::string describe_version(std::string_view program, std::string_view commit,
                             std::initializer_list<Library> libraries);

}  // namespace byok

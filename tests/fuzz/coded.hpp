// Texts in the content codings that providers use.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace byok::fuzz {

// As Content-Encoding names them.
inline constexpr std::array<std::string_view, 4> codings = {"gzip", "deflate", "br", "zstd"};

std::string coded(std::string_view coding, std::string_view text);

}  // namespace byok::fuzz

// Sizes, times and counts as people read them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace byok {

// 0 B, 1023 B, 1.5 KiB, 64.0 GiB
std::string human_bytes(std::uint64_t bytes);
// 0s, 59s, 5m 3s, 2h 0m, 3d 4h
std::string human_seconds(std::uint64_t seconds);
// 1 key, 2 keys, 0 keys: `one` with an s where there is not one of it.
std::string counted(std::uint64_t count, std::string_view one);

}  // namespace byok

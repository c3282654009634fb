// The commit that the programs are built of. Apart from version.hpp, and linked by the two programs
// alone: another commit compiles one small file and links no test anew.
#pragma once

#include <string_view>

namespace byok {

// Its first 12 hexadecimal digits, with "-dirty" behind them where files were changed since. Empty
// where the source lies in no repository of its own.
extern const std::string_view commit;

}  // namespace byok

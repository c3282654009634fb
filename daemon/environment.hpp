// Environment variables as a value, so that whoever reads them can be given others.
#pragma once

#include <functional>
#include <map>
#include <string>

namespace byok::daemon {

using Environment = std::map<std::string, std::string, std::less<>>;

// Those of this process, at this moment.
Environment process_environment();

}  // namespace byok::daemon

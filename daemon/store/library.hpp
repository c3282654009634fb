// Which LMDB this is.
#pragma once

#include "common/version.hpp"

namespace byok::store {

Library lmdb_library();

}  // namespace byok::store

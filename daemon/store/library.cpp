#include "daemon/store/library.hpp"

#include <lmdb.h>

#include <string>

namespace byok::store {
namespace {

std::string_view loaded_version() {
  static const std::string text = [] {
    int major = 0;
    int minor = 0;
    int patch = 0;
    ::mdb_version(&major, &minor, &patch);
    return std::to_string(major) + '.' + std::to_string(minor) + '.' + std::to_string(patch);
  }();
  return text;
}

std::string_view compiled_version() {
  static const std::string text = std::to_string(MDB_VERSION_MAJOR) + '.' +
                                  std::to_string(MDB_VERSION_MINOR) + '.' +
                                  std::to_string(MDB_VERSION_PATCH);
  return text;
}

}  // namespace

Library lmdb_library() { return {"LMDB", compiled_version(), loaded_version()}; }

}  // namespace byok::store

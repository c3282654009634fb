// The database as a plain file, looked at before LMDB maps it: a map that is longer than its file
// kills the process at the first touch (SIGBUS), and what is not ours must not be written to.
#pragma once

#include <filesystem>

#include "common/error.hpp"

namespace byok::store {

enum class DataFile {
  absent,   // no such file: LMDB makes it
  present,  // an LMDB database as long as its newest meta page says
};

// LMDB's own, beside the database.
inline std::filesystem::path lock_file_of(const std::filesystem::path& file) {
  return file.native() + "-lock";
}

// Reads nothing but the two meta pages. Errc::internal with a sentence for the operator where the
// file is something else, of another LMDB format, empty or cut
// short.
Result<DataFile> examine_data_file(const std::filesystem::path& file);

}  // namespace byok::store

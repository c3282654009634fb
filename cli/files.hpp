// Reading from files and standard input.
#pragma once

#include <string>
#include <string_view>

#include "cli/outcome.hpp"
#include "common/file_descriptor.hpp"
#include "common/secret.hpp"

namespace byok::cli {

struct SecretFile {
  Secret content;       // without the white space around it
  bool open_to_others;  // a file of which group or others have any right
};

// `what` names the file in errors; its path is not repeated, since a key may have been given in its
// place. More than 64 KiB are refused.
Outcome<SecretFile> read_secret_file(const std::string& path, std::string_view what);

// One line of standard input, without white space around it, and nothing after it: the rest is left
// for whoever reads next.
Outcome<Secret> read_secret_line();

// All that `fd` has up to its end. `what` names it in errors; more than `most` bytes are refused.
Outcome<std::string> read_all(int fd, std::string_view what, std::size_t most);

// All that is left of standard input; empty where it is closed. More than 32 MiB are refused.
Outcome<std::string> read_stdin();

// A file opened for reading, or standard input for "-". A folder is refused.
Outcome<FileDescriptor> open_input(const std::string& path);

// The same of a regular file alone: it never waits for another program, as a pipe would.
Outcome<FileDescriptor> open_regular(const std::string& path);

// Whether something has that name, be it a link that leads nowhere.
bool is_there(const std::string& path);

}  // namespace byok::cli

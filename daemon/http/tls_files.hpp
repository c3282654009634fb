// The PEM files of the https:// listeners, read with care. What goes wrong is Errc::bad_request and
// a sentence that names setting and file, and what to do.
#pragma once

#include <openssl/x509.h>
#include <sys/types.h>

#include <filesystem>
#include <string_view>
#include <vector>

#include "common/error.hpp"
#include "common/handle.hpp"

namespace byok::http {

using Certificate = Handle<X509, X509_free>;
using PrivateKey = Handle<EVP_PKEY, EVP_PKEY_free>;

// All that `file` holds, in its order, one at least.
Result<std::vector<Certificate>> read_certificates(std::string_view setting,
                                                   const std::filesystem::path& file);

// The key in tls.key's `file`. Refused where it belongs to somebody who is neither root nor
// `reader`, where others can reach it, and where a passphrase protects it. A group may read root's
// file: so another user gets to read it.
Result<PrivateKey> read_private_key(const std::filesystem::path& file, uid_t reader);

}  // namespace byok::http

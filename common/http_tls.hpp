// What a client's TLS is made of and what went wrong with it, in words.
#pragma once

#include <openssl/ssl.h>

#include <string>

#include "common/http_connection.hpp"

namespace byok {

// The reason of OpenSSL's last error; empty where it has none.
std::string tls_reason();

// Has `context` use `files`, and the system's trust store where they name no authorities.
// HttpFailure::unusable where one of them cannot be read, or does not hold what it should.
HttpResult<void> use_tls_files(SSL_CTX* context, const HttpTlsFiles& files);

// Why a handshake with `host` failed. To be called before OpenSSL's errors of it are cleared.
HttpError explain_failed_handshake(SSL* tls, const std::string& host);

}  // namespace byok

// Bearer tokens: their text, and what a well-formed one says of its scope.
//
//   byok_      43 base62 characters (256 random bits)   6 base62 characters
//   byokchat_  ...                                      CRC-32 of all that stands before
//   byokadmin_ ...
//   byoklink_  ...                                      no token, but the secret of a link by which
//                                                       a key is handed over, of the same form
//
// The checksum tells a typing error without a look-up, and one regular expression finds leaked
// ones.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/secret.hpp"

namespace byok {

enum class Scope { full, chat, admin };

std::string_view scope_name(Scope scope);
std::optional<Scope> scope_from_name(std::string_view name);

// A new token of that scope. It is shown once and then known by its SHA-256 only.
Secret make_token(Scope scope);

// The scope that the token's text claims; nothing where prefix, length, alphabet or checksum is
// wrong. What it may do is decided by its record, never by this.
std::optional<Scope> token_scope(std::string_view token);

// A new secret of a link, shown once as well; and whether `text` may be one.
Secret make_link_secret();
bool is_link_secret(std::string_view text);

}  // namespace byok

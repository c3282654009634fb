// Names for stored records: unique, and telling nothing.
#pragma once

#include <string>
#include <string_view>

namespace byok::service {

// `prefix` and 16 base62 characters, at random: tok_0123456789abcdef.
std::string make_record_id(std::string_view prefix);

}  // namespace byok::service

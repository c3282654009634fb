// Randomness that is the same each time, so that what was found once is found again.
#pragma once

namespace byok::fuzz {

// Begins the sequence anew that OpenSSL gives as random bytes from then on, in this process.
void repeat_random();

}  // namespace byok::fuzz

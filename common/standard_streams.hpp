// Standard input, output and error, as a program finds them.
#pragma once

namespace byok {

// Takes the place of those that are closed, before anything is opened: the next file, database or
// connection would get the number, and with it what is meant for a person. Who reads finds the end,
// and who writes gets an error (EBADF). Does nothing where /dev/null cannot be opened.
void fill_standard_streams();

}  // namespace byok

// seccomp: what this process may still ask of the kernel.
#pragma once

namespace byok::sandbox {

// Leaves this thread, and those that it starts, the system calls that serving takes, for good:
// files, sockets of the internet and of Unix, memory that is never both written and executed, and
// threads. One that byokd never makes and an intruder would (to start a program, to look into
// another process, to change the kernel) ends the process; any other is ENOSYS, which the C library
// takes for an old kernel. Returns whether the kernel knows how. Throws std::system_error where it
// fails to.
bool restrict_system_calls();

}  // namespace byok::sandbox

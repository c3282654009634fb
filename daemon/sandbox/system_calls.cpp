#include "daemon/sandbox/system_calls.hpp"

#include <asm/ioctls.h>
#include <linux/netlink.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <initializer_list>
#include <system_error>

#include "common/handle.hpp"

namespace byok::sandbox {
namespace {

constexpr int allowed[] = {
    // Reading, writing and waiting.
    SCMP_SYS(read),
    SCMP_SYS(write),
    SCMP_SYS(readv),
    SCMP_SYS(writev),
    SCMP_SYS(pread64),
    SCMP_SYS(pwrite64),
    SCMP_SYS(preadv),
    SCMP_SYS(pwritev),
    SCMP_SYS(close),
    SCMP_SYS(dup),
    SCMP_SYS(fcntl),
    SCMP_SYS(pipe2),
    SCMP_SYS(eventfd2),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(select),
    SCMP_SYS(pselect6),
    SCMP_SYS(epoll_create1),
    SCMP_SYS(epoll_ctl),
    SCMP_SYS(epoll_wait),
    SCMP_SYS(epoll_pwait),
    SCMP_SYS(timerfd_create),
    SCMP_SYS(timerfd_settime),
    SCMP_SYS(timerfd_gettime),
    // Files.
    SCMP_SYS(open),
    SCMP_SYS(openat),
    SCMP_SYS(stat),
    SCMP_SYS(lstat),
    SCMP_SYS(fstat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(statx),
    SCMP_SYS(statfs),
    SCMP_SYS(fstatfs),
    SCMP_SYS(access),
    SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),
    SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),
    SCMP_SYS(getcwd),
    SCMP_SYS(getdents64),
    SCMP_SYS(lseek),
    SCMP_SYS(fsync),
    SCMP_SYS(fdatasync),
    SCMP_SYS(ftruncate),
    SCMP_SYS(fallocate),
    SCMP_SYS(fadvise64),
    SCMP_SYS(flock),
    SCMP_SYS(rename),
    SCMP_SYS(renameat),
    SCMP_SYS(renameat2),
    SCMP_SYS(link),
    SCMP_SYS(linkat),
    SCMP_SYS(unlink),
    SCMP_SYS(unlinkat),
    SCMP_SYS(mkdir),
    SCMP_SYS(mkdirat),
    SCMP_SYS(rmdir),
    // Connections, those of name look-ups included.
    SCMP_SYS(connect),
    SCMP_SYS(accept),
    SCMP_SYS(accept4),
    SCMP_SYS(bind),
    SCMP_SYS(getsockname),
    SCMP_SYS(getpeername),
    SCMP_SYS(getsockopt),
    SCMP_SYS(setsockopt),
    SCMP_SYS(shutdown),
    SCMP_SYS(sendto),
    SCMP_SYS(sendmsg),
    SCMP_SYS(sendmmsg),
    SCMP_SYS(recvfrom),
    SCMP_SYS(recvmsg),
    SCMP_SYS(recvmmsg),
    // Memory.
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(brk),
    SCMP_SYS(mlock),
    SCMP_SYS(munlock),
    SCMP_SYS(msync),
    SCMP_SYS(mincore),
    SCMP_SYS(membarrier),
    // Threads, signals and the end.
    SCMP_SYS(futex),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(rseq),
    SCMP_SYS(set_tid_address),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(getcpu),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    // Clocks, chance, and who we are.
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_getres),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(getrandom),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getegid),
    SCMP_SYS(getrusage),
    SCMP_SYS(getrlimit),
    SCMP_SYS(uname),
    SCMP_SYS(sysinfo),
};

constexpr int fatal[] = {
    SCMP_SYS(execve),
    SCMP_SYS(execveat),
    SCMP_SYS(fork),
    SCMP_SYS(vfork),
    SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(pidfd_getfd),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(bpf),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(init_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(delete_module),
    SCMP_SYS(kexec_load),
    SCMP_SYS(kexec_file_load),
    SCMP_SYS(mount),
    SCMP_SYS(umount2),
    SCMP_SYS(pivot_root),
    SCMP_SYS(chroot),
    SCMP_SYS(setns),
    SCMP_SYS(unshare),
    SCMP_SYS(add_key),
    SCMP_SYS(request_key),
    SCMP_SYS(keyctl),
    SCMP_SYS(open_by_handle_at),
    SCMP_SYS(setuid),
    SCMP_SYS(setgid),
    SCMP_SYS(setreuid),
    SCMP_SYS(setregid),
    SCMP_SYS(setresuid),
    SCMP_SYS(setresgid),
    SCMP_SYS(setgroups),
    SCMP_SYS(capset),
    SCMP_SYS(reboot),
    SCMP_SYS(swapon),
};

void check(int result, const char* what) {
  if (result < 0) throw std::system_error(-result, std::generic_category(), what);
}

class Filter {
 public:
  Filter() : context_(seccomp_init(SCMP_ACT_ERRNO(ENOSYS))) {
    if (!context_) throw std::system_error(ENOMEM, std::generic_category(), "seccomp_init");
    // It guards against code of others that runs in this process: there is none, and it slows all.
    check(seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_SSB, 1), "seccomp_attr_set");
  }

  void add(std::uint32_t action, int call) {
    check(seccomp_rule_add_array(context_.get(), action, call, 0, nullptr), "seccomp_rule_add");
  }
  // Allowed where all of `conditions` hold; where several rules name a call, one is enough.
  void allow(int call, std::initializer_list<scmp_arg_cmp> conditions) {
    check(seccomp_rule_add_array(context_.get(), SCMP_ACT_ALLOW, call,
                                 static_cast<unsigned>(conditions.size()), conditions.begin()),
          "seccomp_rule_add");
  }
  // False where the kernel has no filters.
  bool load() {
    const int result = seccomp_load(context_.get());
    if (result == -EINVAL || result == -ENOSYS || result == -EOPNOTSUPP) return false;
    check(result, "seccomp_load");
    return true;
  }

 private:
  static void release(void* context) { seccomp_release(context); }
  Handle<void, release> context_;
};

scmp_arg_cmp is(unsigned argument, scmp_datum_t value) { return {argument, SCMP_CMP_EQ, value, 0}; }
scmp_arg_cmp bits(unsigned argument, scmp_datum_t mask, scmp_datum_t value) {
  return {argument, SCMP_CMP_MASKED_EQ, mask, value};
}

void allow_sockets(Filter& filter) {
  for (const int family : {AF_UNIX, AF_INET, AF_INET6}) {
    filter.allow(SCMP_SYS(socket), {is(0, static_cast<scmp_datum_t>(family))});
  }
  // The C library asks for this machine's own addresses, to sort those that it has found.
  filter.allow(SCMP_SYS(socket), {is(0, AF_NETLINK), is(2, NETLINK_ROUTE)});
}

// A library that looks up names in another way may be loaded late; its code is mapped from a file.
void allow_memory(Filter& filter) {
  constexpr scmp_datum_t both = PROT_WRITE | PROT_EXEC;
  filter.allow(SCMP_SYS(mmap), {bits(2, PROT_EXEC, 0)});
  filter.allow(SCMP_SYS(mmap), {bits(2, both, PROT_EXEC), bits(3, MAP_ANONYMOUS, 0)});
  filter.allow(SCMP_SYS(mprotect), {bits(2, PROT_EXEC, 0)});
}

void allow_threads(Filter& filter) {
  // What clone3 is to do lies in memory, where no filter looks; told that it is unknown, the C
  // library uses clone.
  filter.allow(SCMP_SYS(clone), {bits(0, CLONE_THREAD, CLONE_THREAD)});
  filter.allow(SCMP_SYS(tgkill), {is(0, static_cast<scmp_datum_t>(::getpid()))});
}

constexpr scmp_datum_t questions[] = {FIONBIO, FIONREAD, FIOCLEX, TIOCOUTQ, TCGETS};

void allow_questions(Filter& filter) {
  for (const scmp_datum_t request : questions) {
    filter.allow(SCMP_SYS(ioctl), {is(1, request)});
  }
  filter.allow(SCMP_SYS(prctl), {is(0, PR_SET_NAME)});
  filter.allow(SCMP_SYS(prctl), {is(0, PR_GET_DUMPABLE)});
  filter.allow(SCMP_SYS(prlimit64), {is(2, 0)});
}

}  // namespace

bool restrict_system_calls() {
  Filter filter;
  for (int call : allowed) filter.add(SCMP_ACT_ALLOW, call);
  for (int call : fatal) filter.add(SCMP_ACT_KILL_PROCESS, call);
  allow_sockets(filter);
  allow_memory(filter);
  allow_threads(filter);
  allow_questions(filter);
  return filter.load();
}

}  // namespace byok::sandbox

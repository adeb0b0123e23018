#include "process/sandbox.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <cerrno>
#include <memory>

#include <fmt/format.h>
#include <seccomp.h>

namespace dl::process {
namespace {

Result<void> limit(int resource, std::uint64_t value, const char* name) {
  const rlimit limits{value, value};
  if (::setrlimit(static_cast<__rlimit_resource_t>(resource), &limits) != 0) {
    return fail_errno(fmt::format("cannot set the limit on {}", name), errno);
  }
  return {};
}

// Calls that a decoder has no use for. An allow-list would be tighter, but GDAL and its hundred libraries call what
// they like, and a filter that kills a pass breaks the first promise.
constexpr int kRefused[] = {
    SCMP_SYS(socket),
    SCMP_SYS(connect),
    SCMP_SYS(bind),
    SCMP_SYS(listen),
    SCMP_SYS(accept),
    SCMP_SYS(accept4),
    SCMP_SYS(execve),
    SCMP_SYS(execveat),
    SCMP_SYS(ptrace),
    SCMP_SYS(mount),
    SCMP_SYS(umount2),
    SCMP_SYS(pivot_root),
    SCMP_SYS(chroot),
    SCMP_SYS(setns),
    SCMP_SYS(unshare),
    SCMP_SYS(bpf),
    SCMP_SYS(keyctl),
    SCMP_SYS(add_key),
    SCMP_SYS(request_key),
    SCMP_SYS(init_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(delete_module),
    SCMP_SYS(kexec_load),
    SCMP_SYS(reboot),
    SCMP_SYS(swapon),
    SCMP_SYS(swapoff),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(open_by_handle_at),
    SCMP_SYS(settimeofday),
    SCMP_SYS(clock_settime),
};

Result<void> install_filter() {
  const std::unique_ptr<void, decltype(&::seccomp_release)> filter(::seccomp_init(SCMP_ACT_ALLOW), &::seccomp_release);
  if (!filter) return fail(ErrorKind::unsupported, "cannot make a seccomp filter");
  for (const int call : kRefused) {
    const int error = ::seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(EPERM), call, 0);
    if (error < 0) return fail_errno("cannot add a rule to the seccomp filter", -error);
  }
  if (const int error = ::seccomp_load(filter.get()); error < 0) {
    return fail(ErrorKind::unsupported, fmt::format("the kernel refuses the seccomp filter (error {})", -error));
  }
  return {};
}

}  // namespace

Result<void> enter_sandbox(const SandboxOptions& options) {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return fail_errno("cannot give up new privileges", errno);
  DL_CHECK(limit(RLIMIT_CORE, 0, "core dumps"));
  if (options.memory_limit_bytes > 0) DL_CHECK(limit(RLIMIT_AS, options.memory_limit_bytes, "address space"));
  return install_filter();
}

}  // namespace dl::process

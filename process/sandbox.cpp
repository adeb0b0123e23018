#include "process/sandbox.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cerrno>
#include <memory>

#include <fmt/format.h>
#include <seccomp.h>

#include "core/file.h"

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

// Everything that changes the file system and that Landlock of Linux 5.19 knows.
constexpr std::uint64_t kWriting =
    LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
    LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
    LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
    LANDLOCK_ACCESS_FS_MAKE_SYM | LANDLOCK_ACCESS_FS_REFER;
// The first version with REFER, without which no folder could be renamed from work/ to scenes/.
constexpr int kLandlockVersion = 2;

Result<void> allow_writing_below(const std::filesystem::path& folder, int ruleset) {
  DL_TRY(const FileDescriptor descriptor, open_file(folder, O_PATH | O_DIRECTORY));
  landlock_path_beneath_attr rule{};
  rule.allowed_access = kWriting;
  rule.parent_fd = descriptor.get();
  if (::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0) {
    return fail_errno(fmt::format("cannot keep '{}' writable in the sandbox", folder.string()), errno);
  }
  return {};
}

Result<void> make_files_read_only(const std::vector<std::filesystem::path>& but) {
  const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < kLandlockVersion) {
    return fail(ErrorKind::unsupported, "the kernel cannot give a process a read-only view of its files (Landlock)");
  }
  landlock_ruleset_attr attributes{};
  attributes.handled_access_fs = kWriting;
  const FileDescriptor ruleset(
      static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0)));
  if (!ruleset.valid()) return fail_errno("cannot make the sandbox's rules", errno);
  for (const std::filesystem::path& folder : but) DL_CHECK(allow_writing_below(folder, ruleset.get()));
  if (::syscall(SYS_landlock_restrict_self, ruleset.get(), 0) != 0)
    return fail_errno("cannot enter the sandbox", errno);
  return {};
}

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
  Result<void> read_only = make_files_read_only(options.writable);
  DL_CHECK(install_filter());
  return read_only;
}

}  // namespace dl::process

// What downlink-process gives up before it looks at bits from the sky.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "core/error.h"

namespace dl::process {

struct SandboxOptions {
  std::uint64_t memory_limit_bytes = 0;  // of address space; 0: none
  // Folders, which exist, below which files may be made, changed, renamed and removed.
  std::vector<std::filesystem::path> writable;
};

// No new privileges, no core dumps, the memory limit, a read-only view of every file but those below `writable`
// (Landlock: elsewhere writing fails with EACCES; files that are open already stay as they are), and a seccomp filter
// under which the process has no network, starts no program, traces nobody and mounts nothing: such a call fails with
// EPERM. Inherited descriptors stay usable. Kind unsupported when the kernel has no Landlock that can rename between
// folders (before Linux 5.19) or refuses the filter; the caller says so and goes on, with whatever of the sandbox could
// be had.
Result<void> enter_sandbox(const SandboxOptions& options);

}  // namespace dl::process

// What downlink-process gives up before it looks at bits from the sky.
#pragma once

#include <cstdint>

#include "core/error.h"

namespace dl::process {

struct SandboxOptions {
  std::uint64_t memory_limit_bytes = 0;  // of address space; 0: none
};

// No new privileges, no core dumps, the memory limit, and a seccomp filter under which the process has no network,
// starts no program, traces nobody and mounts nothing: such a call fails with EPERM. Inherited descriptors stay usable.
// Kind unsupported when the kernel refuses a filter (the caller says so and goes on: inside a container it may be
// refused).
Result<void> enter_sandbox(const SandboxOptions& options);

}  // namespace dl::process

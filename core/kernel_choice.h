// Which set of instructions the kernels of link/kernels/ use in this process: the widest that this processor has, or
// the one that the environment variable DOWNLINKD_KERNEL names. Every kernel gives the same bytes.
#pragma once

#include <array>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>

namespace dl {

enum class Kernel : std::uint8_t {
  scalar,
  avx2,
  avx512_gfni,  // AVX-512 F, BW, DQ, VL, VBMI and GFNI
};

inline constexpr std::array<Kernel, 3> kKernels = {Kernel::scalar, Kernel::avx2, Kernel::avx512_gfni};  // widest last
inline constexpr const char* kKernelVariable = "DOWNLINKD_KERNEL";

constexpr std::string_view to_string(Kernel kernel) {
  constexpr std::array<std::string_view, 3> kNames = {"scalar", "avx2", "avx512_gfni"};
  return kNames[static_cast<std::size_t>(kernel)];
}

constexpr std::optional<Kernel> kernel_from_string(std::string_view name) {
  for (const Kernel kernel : kKernels)
    if (to_string(kernel) == name) return kernel;
  return std::nullopt;
}

// Whether this processor, and its operating system, can run it.
inline bool can_run(Kernel kernel) {
#if defined(__x86_64__)
  switch (kernel) {
    case Kernel::scalar:
      return true;
    case Kernel::avx2:
      return __builtin_cpu_supports("avx2") != 0;
    case Kernel::avx512_gfni:
      return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
             __builtin_cpu_supports("avx512dq") != 0 && __builtin_cpu_supports("avx512vl") != 0 &&
             __builtin_cpu_supports("avx512vbmi") != 0 && __builtin_cpu_supports("gfni") != 0;
  }
  return false;
#else
  return kernel == Kernel::scalar;
#endif
}

// The one that `forced` names if this processor can run it, else the widest that it can: a name that cannot be had
// costs speed and nothing else.
inline Kernel choose_kernel(const char* forced) {
  if (forced != nullptr) {
    const auto named = kernel_from_string(forced);
    if (named && can_run(*named)) return *named;
  }
  Kernel widest = Kernel::scalar;
  for (const Kernel kernel : kKernels)
    if (can_run(kernel)) widest = kernel;
  return widest;
}

// Of this process, decided at the first call.
inline Kernel kernel_choice() {
  static const Kernel kernel = choose_kernel(std::getenv(kKernelVariable));
  return kernel;
}

}  // namespace dl

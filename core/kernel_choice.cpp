#include "core/kernel_choice.h"

#include <array>
#include <cstdlib>

#include <fmt/format.h>

namespace dl {
namespace {

constexpr std::array kKernels = {Kernel::scalar, Kernel::avx2, Kernel::avx512_gfni};  // the best one last

}  // namespace

std::string_view to_string(Kernel kernel) {
  switch (kernel) {
    case Kernel::scalar: return "scalar";
    case Kernel::avx2: return "avx2";
    case Kernel::avx512_gfni: return "avx512_gfni";
  }
  return "scalar";
}

std::optional<Kernel> kernel_from_string(std::string_view name) {
  for (const Kernel kernel : kKernels) {
    if (to_string(kernel) == name) return kernel;
  }
  return std::nullopt;
}

bool is_supported(Kernel kernel) {
#if defined(__x86_64__)
  switch (kernel) {
    case Kernel::scalar: return true;
    case Kernel::avx2: return __builtin_cpu_supports("avx2") != 0;
    case Kernel::avx512_gfni:
      return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("avx512f") != 0 &&
             __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512vl") != 0 &&
             __builtin_cpu_supports("avx512vbmi") != 0 && __builtin_cpu_supports("gfni") != 0;
  }
#endif
  return kernel == Kernel::scalar;
}

Kernel best_kernel() {
  Kernel best = Kernel::scalar;
  for (const Kernel kernel : kKernels) {
    if (is_supported(kernel)) best = kernel;
  }
  return best;
}

KernelChoice choose_kernel(std::string_view wanted) {
  const Kernel best = best_kernel();
  if (wanted.empty()) return {best, {}};
  const auto named = kernel_from_string(wanted);
  if (!named) {
    return {best, fmt::format("DOWNLINKD_KERNEL names no kernel: '{}'; expected 'scalar', 'avx2' or 'avx512_gfni'; "
                              "using '{}'",
                              wanted, to_string(best))};
  }
  if (!is_supported(*named)) {
    return {best, fmt::format("DOWNLINKD_KERNEL asks for '{}', which this processor cannot run; using '{}'", wanted,
                              to_string(best))};
  }
  return {*named, {}};
}

const KernelChoice& kernel_choice() {
  static const KernelChoice kChoice = [] {
    const char* wanted = std::getenv("DOWNLINKD_KERNEL");
    return choose_kernel(wanted == nullptr ? std::string_view{} : std::string_view{wanted});
  }();
  return kChoice;
}

}  // namespace dl

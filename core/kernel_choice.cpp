#include "core/kernel_choice.h"

#include <cstdlib>

#include <fmt/format.h>

namespace dl {
namespace {

const KernelChoice& choice_of_this_process() {
  static const KernelChoice kChoice = choose_kernel(std::getenv(kKernelVariable));
  return kChoice;
}

}  // namespace

std::string_view to_string(Kernel kernel) {
  constexpr std::array<std::string_view, kKernels.size()> kNames = {"scalar", "avx2", "avx512_gfni"};
  return kNames[static_cast<std::size_t>(kernel)];
}

std::optional<Kernel> kernel_from_string(std::string_view name) {
  for (const Kernel kernel : kKernels) {
    if (to_string(kernel) == name) return kernel;
  }
  return std::nullopt;
}

bool can_run(Kernel kernel) {
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

KernelChoice choose_kernel(const char* forced) {
  KernelChoice choice;
  for (const Kernel kernel : kKernels) {
    if (can_run(kernel)) choice.kernel = kernel;
  }
  if (forced == nullptr || *forced == '\0') return choice;
  const auto named = kernel_from_string(forced);
  if (!named) {
    choice.warning = fmt::format("{} names no kernel: '{}'; expected 'scalar', 'avx2' or 'avx512_gfni'; using '{}'",
                                 kKernelVariable, forced, to_string(choice.kernel));
  } else if (!can_run(*named)) {
    choice.warning = fmt::format("{} asks for '{}', which this processor cannot run; using '{}'", kKernelVariable,
                                 forced, to_string(choice.kernel));
  } else {
    choice.kernel = *named;
  }
  return choice;
}

Kernel kernel_choice() {
  return choice_of_this_process().kernel;
}

const std::string& kernel_choice_warning() {
  return choice_of_this_process().warning;
}

}  // namespace dl

// Which set of vector instructions the hot loops of the link use: chosen once at the start of a program, by name.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace dl {

enum class Kernel {
  scalar,       // any machine
  avx2,         // x86-64 with AVX2, no 512-bit register and no GFNI
  avx512_gfni,  // AVX-512 F, BW, VL, VBMI and GFNI
};

// "scalar", "avx2", "avx512_gfni"
std::string_view to_string(Kernel kernel);
std::optional<Kernel> kernel_from_string(std::string_view name);

// Whether this machine can run it.
bool is_supported(Kernel kernel);
Kernel best_kernel();

struct KernelChoice {
  Kernel kernel = Kernel::scalar;
  std::string warning;  // why the name that was asked for is not used; empty where it is, or none was
};

// The kernel named `wanted`, or the best one when `wanted` is empty, unknown or more than this machine can run.
KernelChoice choose_kernel(std::string_view wanted);

// By the environment variable DOWNLINKD_KERNEL, read once.
const KernelChoice& kernel_choice();

}  // namespace dl

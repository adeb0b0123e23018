// Which set of instructions the kernels of link/kernels/ use in this process: the widest that this processor has, or
// the one that the environment variable DOWNLINKD_KERNEL names. Every kernel gives the same bytes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dl {

enum class Kernel : std::uint8_t {
  scalar,       // any machine
  avx2,         // x86-64 with AVX2, no 512-bit register and no GFNI
  avx512_gfni,  // AVX-512 F, BW, DQ, VL, VBMI and GFNI
};

inline constexpr std::array<Kernel, 3> kKernels = {Kernel::scalar, Kernel::avx2, Kernel::avx512_gfni};  // widest last
inline constexpr const char* kKernelVariable = "DOWNLINKD_KERNEL";

// "scalar", "avx2", "avx512_gfni"
std::string_view to_string(Kernel kernel);
std::optional<Kernel> kernel_from_string(std::string_view name);

// Whether this processor, and its operating system, can run it.
bool can_run(Kernel kernel);

struct KernelChoice {
  Kernel kernel = Kernel::scalar;
  std::string warning;  // why the name that was asked for is not used; empty where it is, or none was
};

// The one that `forced` names if this processor can run it, else the widest that it can: a name that cannot be had
// costs speed and nothing else. Null or empty: none is asked for.
KernelChoice choose_kernel(const char* forced);

// Of this process, decided at the first call.
Kernel kernel_choice();
// To be shown to the operator at the start of a program; empty when there is nothing to say.
const std::string& kernel_choice_warning();

}  // namespace dl

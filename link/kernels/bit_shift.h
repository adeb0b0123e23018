// Copies a string of bytes that begins within a byte.
#pragma once

#include <cstddef>

#include "core/bytes.h"

namespace dl::link {

// `size_bytes` bytes that start `shift` bits (0 to 7) into `in`, each turned over with `flip` (0 or 0xFF). Reads one
// byte more than it writes, but for shift 0. Every kernel does the same. They go forwards: memcpy goes
// backwards where addresses are alike in their low bits, and what is read ahead then is of no use.
using BitShiftKernel = void (*)(const Byte* in, unsigned shift, Byte flip, Byte* out, std::size_t size_bytes);

void bit_shift_scalar(const Byte* in, unsigned shift, Byte flip, Byte* out, std::size_t size_bytes);
// Only where the processor has AVX2; AVX-512 F and BW.
void bit_shift_avx2(const Byte* in, unsigned shift, Byte flip, Byte* out, std::size_t size_bytes);
void bit_shift_avx512(const Byte* in, unsigned shift, Byte flip, Byte* out, std::size_t size_bytes);

}  // namespace dl::link

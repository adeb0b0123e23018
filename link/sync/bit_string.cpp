#include "link/sync/bit_string.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstring>

#include "core/kernel_choice.h"
#include "link/kernels/bit_shift.h"

namespace dl::link {
namespace {

std::uint64_t load_u64(const Byte* bytes) {
  std::uint64_t value = 0;
  std::memcpy(&value, bytes, sizeof value);
  return std::endian::native == std::endian::little ? __builtin_bswap64(value) : value;
}

BitShiftKernel bit_shift_kernel() {
#if defined(__x86_64__)
  if (kernel_choice() == Kernel::avx2) return bit_shift_avx2;
  if (kernel_choice() == Kernel::avx512_gfni) return bit_shift_avx512;
#endif
  return bit_shift_scalar;
}

}  // namespace

std::uint64_t read_bits(ByteView bytes, std::size_t bit, unsigned count) {
  assert(count >= 1 && count <= 64 && bit + count <= bytes.size() * 8);
  const std::size_t first = bit / 8;
  const unsigned shift = bit % 8;
  std::array<Byte, 9> window{};
  const Byte* from = bytes.data() + first;
  if (bytes.size() - first < window.size()) {
    std::memcpy(window.data(), from, bytes.size() - first);
    from = window.data();
  }
  std::uint64_t value = load_u64(from);
  if (shift != 0) value = (value << shift) | (from[8] >> (8 - shift));
  return value >> (64 - count);
}

void copy_bits(ByteView bytes, std::size_t bit, std::size_t count, bool inverted, std::span<Byte> out) {
  if (out.empty()) return;
  static const BitShiftKernel kShift = bit_shift_kernel();
  assert(bit + count <= bytes.size() * 8 && out.size() == (count + 7) / 8);
  const Byte* in = bytes.data() + bit / 8;
  const unsigned shift = bit % 8;
  const Byte flip = inverted ? 0xFF : 0;
  const std::size_t whole = count / 8;
  kShift(in, shift, flip, out.data(), whole);
  const unsigned rest = count % 8;
  if (rest == 0) return;
  const std::uint64_t last = read_bits(bytes, bit + 8 * whole, rest) << (8 - rest);
  out[whole] = static_cast<Byte>(last ^ (flip << (8 - rest) & 0xFF));
}

}  // namespace dl::link

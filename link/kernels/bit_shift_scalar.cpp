#include <bit>
#include <cstdint>
#include <cstring>

#include "link/kernels/bit_shift.h"

namespace dl::link {
namespace {

std::uint64_t big_endian(std::uint64_t value) {
  return std::endian::native == std::endian::little ? __builtin_bswap64(value) : value;
}

}  // namespace

void bit_shift_scalar(const Byte* in, unsigned shift, Byte flip, Byte* out, std::size_t size_bytes) {
  if (shift == 0) {
    for (std::size_t i = 0; i < size_bytes; ++i) out[i] = in[i] ^ flip;
    return;
  }
  const std::uint64_t flip_word = flip != 0 ? ~std::uint64_t{0} : 0;
  std::size_t i = 0;
  for (; i + sizeof(std::uint64_t) <= size_bytes; i += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, in + i, sizeof word);
    word = (big_endian(word) << shift) | (in[i + sizeof word] >> (8 - shift));
    word = big_endian(word ^ flip_word);
    std::memcpy(out + i, &word, sizeof word);
  }
  for (; i < size_bytes; ++i) out[i] = static_cast<Byte>(((in[i] << shift) | (in[i + 1] >> (8 - shift))) ^ flip);
}

}  // namespace dl::link

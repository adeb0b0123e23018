#include "link/sync/bit_string.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstring>

namespace dl::link {
namespace {

std::uint64_t load_u64(const Byte* bytes) {
  std::uint64_t value = 0;
  std::memcpy(&value, bytes, sizeof value);
  return std::endian::native == std::endian::little ? __builtin_bswap64(value) : value;
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
  assert(bit + count <= bytes.size() * 8 && out.size() == (count + 7) / 8);
  const Byte* in = bytes.data() + bit / 8;
  const unsigned shift = bit % 8;
  const unsigned flip = inverted ? 0xFF : 0;
  const std::size_t whole = count / 8;
  if (shift == 0) {
    for (std::size_t i = 0; i < whole; ++i) out[i] = static_cast<Byte>(in[i] ^ flip);
  } else {
    for (std::size_t i = 0; i < whole; ++i) {
      out[i] = static_cast<Byte>(((in[i] << shift) | (in[i + 1] >> (8 - shift))) ^ flip);
    }
  }
  const unsigned rest = count % 8;
  if (rest == 0) return;
  const std::uint64_t last = read_bits(bytes, bit + 8 * whole, rest) << (8 - rest);
  out[whole] = static_cast<Byte>(last ^ (flip << (8 - rest) & 0xFF));
}

}  // namespace dl::link

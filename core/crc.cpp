#include "core/crc.h"

#include <array>
#include <cstring>

#include "core/base64.h"

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace dl {
namespace {

constexpr std::uint32_t kCrc32cPolynomial = 0x82F63B78;

constexpr std::array<std::uint32_t, 256> make_crc32c_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? kCrc32cPolynomial : 0);
    table[i] = value;
  }
  return table;
}

// [k][b]: what byte b, with k bytes behind it, adds to the CRC. Sixteen bytes at a time need no more than sixteen
// independent look-ups.
constexpr std::size_t kCrc16Slices = 16;
using Crc16Tables = std::array<std::array<std::uint16_t, 256>, kCrc16Slices>;

constexpr Crc16Tables make_crc16_tables() {
  Crc16Tables tables{};
  for (unsigned i = 0; i < 256; ++i) {
    unsigned value = i << 8;
    for (std::size_t k = 0; k < kCrc16Slices; ++k) {
      for (int bit = 0; bit < 8; ++bit) value = ((value << 1) ^ ((value & 0x8000) != 0 ? 0x1021U : 0U)) & 0xFFFF;
      tables[k][i] = static_cast<std::uint16_t>(value);
    }
  }
  return tables;
}

// Product of two polynomials modulo CRC-32C's, all in reflected order: bit 31 is x^0.
constexpr std::uint32_t multiply_modulo(std::uint32_t a, std::uint32_t b) {
  std::uint32_t product = 0;
  for (std::uint32_t bit = 0x80000000U; bit != 0; bit >>= 1) {
    if ((a & bit) != 0) product ^= b;
    b = (b >> 1) ^ ((b & 1) != 0 ? kCrc32cPolynomial : 0);
  }
  return product;
}

constexpr auto kCrc32cTable = make_crc32c_table();
constexpr auto kCrc16Tables = make_crc16_tables();

std::uint32_t crc32c_portable(ByteView bytes, std::uint32_t state) {
  for (const Byte byte : bytes) state = (state >> 8) ^ kCrc32cTable[(state ^ byte) & 0xFF];
  return state;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t crc32c_sse42(ByteView bytes, std::uint32_t state) {
  std::uint64_t wide = state;
  std::size_t i = 0;
  for (; i + 8 <= bytes.size(); i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + i, 8);
    wide = _mm_crc32_u64(wide, word);
  }
  state = static_cast<std::uint32_t>(wide);
  for (; i < bytes.size(); ++i) state = _mm_crc32_u8(state, bytes[i]);
  return state;
}
#endif

}  // namespace

std::uint32_t crc32c(ByteView bytes, std::uint32_t crc) {
#if defined(__x86_64__)
  static const bool has_sse42 = __builtin_cpu_supports("sse4.2") != 0;
  if (has_sse42) return ~crc32c_sse42(bytes, ~crc);
#endif
  return ~crc32c_portable(bytes, ~crc);
}

std::uint32_t crc32c_combine(std::uint32_t crc_a, std::uint32_t crc_b, std::uint64_t size_b_bytes) {
  // Appending n zero bytes multiplies by x^(8n); the inversions at start and end cancel.
  std::uint32_t power = 0x00800000U;  // x^8
  std::uint32_t shifted = crc_a;
  for (; size_b_bytes != 0; size_b_bytes >>= 1) {
    if ((size_b_bytes & 1) != 0) shifted = multiply_modulo(shifted, power);
    power = multiply_modulo(power, power);
  }
  return shifted ^ crc_b;
}

std::uint16_t crc16_ccitt(ByteView bytes, std::uint16_t crc) {
  while (bytes.size() >= kCrc16Slices) {
    const auto first = static_cast<Byte>(bytes[0] ^ (crc >> 8));
    const auto second = static_cast<Byte>(bytes[1] ^ crc);
    unsigned sum = kCrc16Tables[kCrc16Slices - 1][first] ^ kCrc16Tables[kCrc16Slices - 2][second];
    for (std::size_t i = 2; i < kCrc16Slices; ++i) sum ^= kCrc16Tables[kCrc16Slices - 1 - i][bytes[i]];
    crc = static_cast<std::uint16_t>(sum);
    bytes = bytes.subspan(kCrc16Slices);
  }
  for (const Byte byte : bytes) {
    crc = static_cast<std::uint16_t>((crc << 8) ^ kCrc16Tables[0][static_cast<std::size_t>((crc >> 8) ^ byte)]);
  }
  return crc;
}

std::string crc32c_base64(std::uint32_t crc) {
  Bytes bytes;
  append_u32(bytes, crc);
  return base64_encode(bytes);
}

}  // namespace dl
